"""What a complete record holds."""

from dataclasses import replace

import pytest

from automl_tl.report.completeness import STATEMENTS, completeness
from automl_tl.report.content import to_json
from automl_tl.testing.report_sample import sample_image_report


def test_statements_are_for_people_and_blank_ones_do_not_count():
    """Filling one in takes it off the list and adds to what is there."""
    before = completeness(sample_image_report())
    assert set(before.human_todo) == set(STATEMENTS)
    stated = {"deployer": "the sorting office", "reviewer": "  "}
    after = completeness(replace(sample_image_report(), statements=stated))
    assert "deployer" not in after.human_todo
    assert "reviewer" in after.human_todo
    assert after.filled == before.filled + 1
    assert after.required == before.required == before.filled + len(before.missing) + len(before.human_todo)


def test_what_was_not_measured_is_named_with_its_place():
    """A report without explanations says so, and every place exists in the JSON."""
    bare = replace(
        sample_image_report(), explanations=(), aggregates=(), overview=None, choice=None, fairness=None
    )
    missing = {item.name: item for item in completeness(bare).missing}
    assert {"explanations", "global_explanations", "model_choice", "bias_by_group"} <= set(missing)
    plain = to_json(sample_image_report())
    for item in missing.values():
        inner = plain
        for part in item.pointer.strip("/").split("/"):
            assert part in inner or part == "favourable", item
            inner = inner.get(part) or {}


@pytest.mark.parametrize(
    ("task", "expected"), [("classification", True), ("multilabel", True), ("regression", False)]
)
def test_what_only_numbers_lack_is_missing_of_classes_and_of_labels(task, expected):
    """Probabilities that nobody checked, and a good outcome that nobody named; numbers have neither."""
    sample = sample_image_report()
    unchecked = replace(sample, task=task, spec={}, fairness=replace(sample.fairness, reliability=None))
    missing = {item.name for item in completeness(unchecked).missing}
    assert ("calibration" in missing) == ("favourable_outcome" in missing) == expected


def test_labels_with_a_favourable_one_lack_calibration_only():
    """Audits of sets of labels use the named label."""
    sample = sample_image_report()
    named = replace(sample, task="multilabel", spec={"favourable": "urgent"}, fairness=None)
    missing = {item.name for item in completeness(named).missing}
    assert "favourable_outcome" not in missing
    assert "calibration" in missing
