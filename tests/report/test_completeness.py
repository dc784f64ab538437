"""What a complete record holds."""

from dataclasses import replace

import pytest

from automl_tl.fairness.findings import Inherited, Mitigation, SliceReport
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


@pytest.mark.parametrize(
    ("task", "expected"), [("classification", True), ("multilabel", False), ("regression", False)]
)
def test_prediction_sets_are_missing_of_classes_that_came_without(task, expected):
    """Frameworks' questions point to them; sets of labels and numbers have none."""
    sample = replace(sample_image_report(), task=task)
    missing = {item.name for item in completeness(replace(sample, coverage=None)).missing}
    assert ("prediction_sets" in missing) == expected
    assert "prediction_sets" not in {item.name for item in completeness(sample).missing}


def test_labels_with_a_favourable_one_lack_calibration_only():
    """Audits of sets of labels use the named label."""
    sample = sample_image_report()
    named = replace(sample, task="multilabel", spec={"favourable": "urgent"}, fairness=None)
    missing = {item.name for item in completeness(named).missing}
    assert "favourable_outcome" not in missing
    assert "calibration" in missing


@pytest.mark.parametrize(
    ("verdict", "entries", "missing"),
    [
        ("no_evidence_of_violation", (), False),
        ("violation", (), True),
        ("violation", (Mitigation("", "scanner", "accuracy", False, "not tried: no time"),), True),
        ("violation", (Mitigation("", "scanner", "accuracy", False, "not offered: sets of labels"),), False),
        ("violation", (Mitigation("reweighing", "scanner", "accuracy", False, "the gap did not narrow"),), False),
    ],
)
def test_a_violation_without_a_look_at_remedies_is_a_gap_of_the_report(verdict, entries, missing):
    """Without a violation there is nothing to remedy, and a remedy that cannot be is an answer."""
    sample = sample_image_report()
    first, *others = (replace(each, verdict="no_evidence_of_violation") for each in sample.fairness.attributes)
    attributes = (replace(first, verdict=verdict), *others)
    fairness = replace(sample.fairness, attributes=attributes, intersections=(), mitigation=entries)
    found = completeness(replace(sample, fairness=fairness)).missing
    assert ("remedies" in {item.name for item in found}) == missing


def test_entries_that_only_say_why_nothing_was_measured_do_not_count():
    """Too few rows for calibration and slices, no time for what the model brought along: all three are gaps."""
    sample = sample_image_report()
    empty = replace(
        sample.fairness,
        reliability=replace(sample.fairness.reliability, error=None),
        slices=SliceReport((), 25, 3, "insufficient_evidence", "25 rows are too few"),
        inherited=(Inherited("untested", "final model", "", None, None, None, 0, "", "there was no time"),),
    )
    asked = {"calibration", "bias_slices", "bias_inherited"}
    assert not asked & {item.name for item in completeness(sample).missing}
    assert asked <= {item.name for item in completeness(replace(sample, fairness=empty)).missing}
