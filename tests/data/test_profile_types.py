"""The type of a profile."""

import json

from automl_tl.data.dataset import RowIssue
from automl_tl.data.duplicates import DuplicateGroup
from automl_tl.data.profile_types import ColumnProfile, Profile


def make(**changes):
    inside = [DuplicateGroup((n, n + 1), ("x", "y"), ("train", "train"), ("a",)) for n in range(0, 60, 2)]
    across = DuplicateGroup((70, 71), ("p", "q"), ("train", "test"), ("a", "b"))
    values = {
        "modality": "text",
        "digest": "0" * 64,
        "task": "classification",
        "target": "label",
        "class_names": ("a", "b"),
        "rows": 100,
        "labelled": 90,
        "unlabelled": 10,
        "unreadable": 30,
        "issues": tuple(RowIssue(str(row), "empty") for row in range(30)),
        "split_source": "drawn",
        "group_by": "",
        "class_counts": {"train": {"a": 40, "b": 30}, "validation": {"a": 5, "b": 5}, "test": {"a": 5, "b": 5}},
        "imbalance_ratio": 1.25,
        "sizes": {"words": {"median": 3.0}},
        "columns": (ColumnProfile("label", 10, 2),),
        "group_counts": {},
        "duplicates": (*inside, across),
        "leaked_test_rows": (71,),
        "leaked_validation_rows": (),
        "warnings": (),
    }
    return Profile(**{**values, **changes})


def test_parts_are_counted_from_classes():
    """No second count that could differ."""
    assert make().part_counts == {"train": 70, "validation": 10, "test": 10}


def test_json_shows_leaks_first_and_bounds_its_lists():
    """A hundred thousand duplicates must not fill a report."""
    found = json.loads(json.dumps(make().to_json()))
    assert found["duplicates"]["groups"] == 31
    assert found["duplicates"]["rows"] == 62
    assert found["duplicates"]["groups_across_parts"] == 1
    assert found["duplicates"]["groups_with_conflicting_labels"] == 1
    assert len(found["duplicates"]["examples"]) == 20
    assert found["duplicates"]["examples"][0]["row_ids"] == ["p", "q"]
    assert found["duplicates"]["examples"][0]["crosses_parts"] is True
    assert (len(found["issues"]), found["issues_total"]) == (20, 30)
    assert found["columns"] == [{"name": "label", "missing": 10, "distinct": 2}]
