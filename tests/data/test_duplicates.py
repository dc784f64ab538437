"""Exact duplicates."""

import numpy as np
import pytest

from automl_tl.data.dataset import Dataset, Split, TargetData
from automl_tl.data.duplicates import find_duplicates, leaked_rows


@pytest.fixture
def data(tmp_path):
    texts = ("same", "other", "SAME ", "twin", "twin", "same", "unused", "unused")
    dataset = Dataset("text", "0" * 64, tmp_path, texts, tuple("12345678"), {})
    labels = np.array([0, 1, 1, 0, 0, 0, -1, -1])
    split = Split(np.array([0, 3, 4]), np.array([1]), np.array([2, 5]))
    return TargetData(dataset, "classification", "label", ("a", "b"), labels, split)


def test_groups_say_where_their_copies_lie(data):
    """Rows without a label are of no interest."""
    first, second = find_duplicates(data)
    assert (first.rows, first.row_ids) == ((0, 2, 5), ("1", "3", "6"))
    assert first.parts == ("train", "test", "test")
    assert first.crosses_parts
    assert first.conflicting
    assert (second.rows, second.crosses_parts, second.conflicting) == ((3, 4), False, False)


def test_leaked_rows_are_those_with_a_copy_in_the_parts_seen(data):
    """Both test copies of the training row leak; nothing leaks into validation."""
    found = find_duplicates(data)
    assert leaked_rows(found, "test", ("train", "validation")) == (2, 5)
    assert leaked_rows(found, "validation", ("train",)) == ()
