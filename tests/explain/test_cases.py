"""Rows of a dataset as cases, or the reason why not."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import DatasetError
from automl_tl.explain.cases import cases_from, readable_cases


@pytest.fixture
def data(picture_data):
    return picture_data({"a": 80, "b": 160}, 10, test_fraction=0.2)


def test_a_case_knows_its_row_and_what_is_true(data):
    """Id, decoded picture, name of the class."""
    first, last = cases_from(data, [0, 19])
    assert (first.row, first.true_class, last.true_class) == (0, "a", "b")
    assert first.row_id == data.dataset.row_ids[0]
    assert first.example.shape == (8, 8, 3)


def test_a_row_that_went_bad_is_told_and_not_fatal(data):
    """The file was overwritten after the data set was read."""
    (data.dataset.root / data.dataset.inputs[3]).write_bytes(b"no picture")
    with pytest.raises(DatasetError):
        cases_from(data, [2, 3])
    found, failed = readable_cases(data, [2, 3, 4])
    assert [case.row for case in found] == [2, 4]
    assert [(entry.row, entry.row_id) for entry in failed] == [(3, data.dataset.row_ids[3])]
    assert failed[0].reason


def test_a_case_knows_the_true_outputs_by_number(data):
    """One class, some labels, and none of a number."""
    (found,) = cases_from(data, [19])
    assert found.truth == (1,)
    labels = np.array([[1, 0, 1]] * len(data.labels))
    (found,) = cases_from(replace(data, task="multilabel", labels=labels, class_names=("x", "y", "z")), [19])
    assert (found.true_class, found.truth) == ("x | z", (0, 2))
    (found,) = cases_from(replace(data, task="regression", labels=data.labels.astype(np.float32)), [19])
    assert found.truth is None
