"""Cells of text."""

import datetime

import pytest

from automl_tl.data.tables.values import NestedValue, list_row, read_cells


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("NaN", "NaN"),
        (None, ""),
        (float("nan"), ""),
        (float("inf"), "inf"),
        (1, "1"),
        (1.0, "1"),
        (-0.0, "0"),
        (2.5, "2.5"),
        (1e300, "1e+300"),
        (True, "true"),
        (False, "false"),
        (datetime.date(2024, 5, 1), "2024-05-01"),
    ],
)
def test_values_become_the_strings_people_expect(value, cell):
    """Integers with a hole are stored as floats and come back as integers; NaN and None are missing."""
    assert read_cells([value], "a") == (cell,)


@pytest.mark.parametrize("value", [b"PNG", [1.5], [["a"]], {"a": 1}])
def test_bytes_and_nested_values_are_refused(value):
    """Row and column are named, and images inside a table are told how to become files."""
    with pytest.raises(NestedValue, match=r"row 2: the column 'image' holds .*store images as files"):
        read_cells(["a", value], "image")


def test_lists_of_labels_become_json():
    """So one column can hold the labels of a row; where the first stands is known."""
    values = [None, ["é", "b"], [3], []]
    assert read_cells(values, "tags") == ("", '["é", "b"]', "[3]", "[]")
    assert list_row(values, "tags").startswith("row 2: the column 'tags' holds list values")
    assert list_row(["a"], "tags") == ""
