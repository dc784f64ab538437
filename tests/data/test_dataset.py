"""The types that walk out of the data room."""

import numpy as np
import pytest

from automl_tl.data.dataset import PARTS, Dataset, RowIssue, Split, TargetData


def test_a_dataset_is_as_long_as_its_inputs(tmp_path):
    """Rows that were left out do not count."""
    dataset = Dataset(
        "text", "0" * 64, tmp_path, ("a", "b"), ("1", "3"), {}, (RowIssue("2", "the text is empty"),)
    )
    assert len(dataset) == 2
    assert dataset.issues[0].left_out


def test_parts_are_found_by_name():
    """The names are those of PARTS, and no other."""
    split = Split(np.array([0]), np.array([1]), np.array([2]))
    assert [split.part(name).tolist() for name in PARTS] == [[0], [1], [2]]
    with pytest.raises(KeyError):
        split.part("holdout")


def test_number_of_classes(tmp_path):
    """Counted from the names, whether or not every class has rows."""
    empty = np.array([], dtype=np.int64)
    dataset = Dataset("text", "0" * 64, tmp_path, (), (), {})
    data = TargetData(dataset, "classification", "label", ("a", "b", "c"), empty, Split(empty, empty, empty))
    assert data.n_classes == 3
