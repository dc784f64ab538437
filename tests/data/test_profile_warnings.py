"""Warnings as plain sentences."""

import pytest

from automl_tl.data.dataset import RowIssue
from automl_tl.data.duplicates import DuplicateGroup
from automl_tl.data.profile_types import ColumnProfile, Profile
from automl_tl.data.profile_warnings import profile_warnings


def warnings_of(**changes):
    quiet = {
        "modality": "text",
        "digest": "0" * 64,
        "task": "classification",
        "target": "label",
        "class_names": ("a", "b"),
        "rows": 400,
        "labelled": 400,
        "unlabelled": 0,
        "unreadable": 0,
        "issues": (),
        "split_source": "drawn",
        "group_by": "",
        "class_counts": {part: {"a": 60, "b": 60} for part in ("train", "validation", "test")},
        "imbalance_ratio": 1.0,
        "sizes": {},
        "columns": (),
        "group_counts": {},
        "duplicates": (),
        "leaked_test_rows": (),
        "leaked_validation_rows": (),
        "warnings": (),
    }
    return profile_warnings(Profile(**{**quiet, **changes}))


def counts(**parts):
    return {"train": {"a": 60, "b": 60}, "validation": {"a": 60, "b": 60}, "test": {"a": 60, "b": 60}, **parts}


def test_a_quiet_dataset_has_no_warning():
    """Nobody reads warnings that always come."""
    assert warnings_of() == ()


def test_five_test_groups_are_no_warning():
    """The fewest from which an interval can be had."""
    assert warnings_of(group_by="patient", split_groups={"train": 9, "validation": 5, "test": 5}) == ()


@pytest.mark.parametrize("changes", [{"split_source": "column:part"}, {"target": "split"}])
def test_a_split_column_is_no_trouble_if_another_was_named_or_if_it_is_the_target(changes):
    """Whoever named a column knows what was not named."""
    assert warnings_of(columns=(ColumnProfile("split", 0, 2),), **changes) == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"leaked_test_rows": (1, 2, 3)},
            "3 test rows (2.5%) have an exact copy among the training or validation rows",
        ),
        ({"leaked_validation_rows": (1,)}, "1 validation row (0.8%) has an exact copy among the training rows"),
        (
            {"duplicates": (DuplicateGroup((1, 2), ("1", "2"), ("train", "train"), ("a", "b")),)},
            "1 set of identical inputs has different labels",
        ),
        (
            {"unreadable": 1, "issues": (RowIssue("a.png", "broken"),)},
            "1 row could not be used and is left out; the first is a.png: broken.",
        ),
        ({"unlabelled": 2}, "2 rows without a value of 'label' are not used."),
        ({"class_counts": counts(test={"a": 20, "b": 20})}, "The test part has only 40 rows"),
        (
            {"group_by": "patient", "split_groups": {"train": 40, "validation": 9, "test": 4}},
            "The test part holds only 4 groups of 'patient'.",
        ),
        ({"imbalance_ratio": 12.4}, "12 times as many rows"),
        (
            {"class_names": ("NaN", "good", "n/a", "nano")},
            "2 classes of 'label' have a name that often means a missing value: 'NaN', 'n/a'.",
        ),
        ({"class_counts": counts(train={"a": 60, "b": 2})}, "1 class has fewer than 5 training rows: 'b'."),
        ({"class_counts": counts(test={"a": 120, "b": 0})}, "The test part has no row of 'b'"),
        (
            {"group_counts": {"sex": {"": {"train": 3, "test": 1}}}},
            "4 rows have no value of the sensitive column 'sex'",
        ),
        (
            {"group_counts": {"sex": {"f": {"test": 3}, "m": {"test": 90}}}},
            "1 group of 'sex' has fewer than 10 test",
        ),
        (
            {"group_counts": {"who": {"A. Person": {"test": 1}}}, "group_notes": {"who": "60 values, pooled"}},
            "The sensitive column 'who' is 60 values, pooled. Few groups",
        ),
        (
            {"columns": (ColumnProfile("Split", 0, 2),)},
            "The column 'Split' was not used as the split, because none of its values names a part "
            "(train, validation, test); the parts were drawn.",
        ),
        ({"columns": (ColumnProfile("ward", 100, 3),)}, "The column 'ward' is empty in 100 of 400 rows."),
        ({"issues": (RowIssue("m.csv", "is not used", left_out=False),)}, "m.csv: is not used."),
    ],
)
def test_each_trouble_has_its_sentence(changes, sentence):
    """One sentence, with its number and its name."""
    (warning,) = warnings_of(**changes)
    assert sentence in warning
