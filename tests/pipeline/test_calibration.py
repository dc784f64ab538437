"""Calibration rows come out of the training part and go nowhere else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from automl_tl.data.dataset import Dataset, Split, TargetData
from automl_tl.errors import SpecError
from automl_tl.pipeline.calibration import set_aside_calibration


@pytest.fixture
def target() -> TargetData:
    """Return 100 training rows of two classes in 25 groups."""
    names = tuple(f"r{row}" for row in range(120))
    groups = tuple(f"g{row // 4}" for row in range(120))
    dataset = Dataset("text", "0" * 64, Path(), names, names, {"patient": groups})
    split = Split(np.arange(100), np.arange(100, 110), np.arange(110, 120))
    return TargetData(dataset, "classification", "label", ("a", "b"), np.arange(120) % 2, split)


def test_nothing_is_set_aside_unless_it_is_asked_for(target):
    same, rows = set_aside_calibration(target, 0.0, seed=0)
    assert same is target
    assert len(rows) == 0


def test_rows_leave_the_training_part_in_the_proportion_of_classes(target):
    left, rows = set_aside_calibration(target, 0.1, seed=0)
    assert len(rows) == 15
    assert sorted([*left.split.train, *rows]) == list(range(100))
    assert (target.labels[rows] == 0).sum() in (7, 8)
    np.testing.assert_array_equal(left.split.validation, target.split.validation)
    np.testing.assert_array_equal(left.split.test, target.split.test)
    np.testing.assert_array_equal(rows, set_aside_calibration(target, 0.1, seed=0)[1])
    assert not np.array_equal(rows, set_aside_calibration(target, 0.1, seed=1)[1])


def test_a_stronger_promise_takes_more_rows(target):
    assert len(set_aside_calibration(target, 0.05, seed=0)[1]) >= 19


def test_groups_are_set_aside_whole_and_one_row_of_each_is_calibrated_on(target):
    """Rows of one patient are no independent examples, and none of the patient's rows may be trained on."""
    grouped = dataclasses.replace(target, group_by="patient")
    left, rows = set_aside_calibration(grouped, 0.3, seed=0)
    patients = [row // 4 for row in rows]
    assert len(set(patients)) == len(rows) >= 3
    assert not {*patients} & {row // 4 for row in left.split.train}
    assert len(left.split.train) == 100 - 4 * len(rows)
    np.testing.assert_array_equal(rows, set_aside_calibration(grouped, 0.3, seed=0)[1])


def test_the_promise_counts_groups_and_not_their_rows(target):
    """The 25 groups have 100 rows: enough rows for alpha 0.1, too few groups."""
    assert len(set_aside_calibration(target, 0.1, seed=0)[1]) >= 9
    with pytest.raises(SpecError, match="9 groups by 'patient' to calibrate on, and 25 such groups") as refused:
        set_aside_calibration(dataclasses.replace(target, group_by="patient"), 0.1, seed=0)
    assert refused.value.field == "conformal.alpha"


@pytest.mark.parametrize(
    ("alpha", "task", "said"), [(0.01, "classification", "99 rows"), (0.1, "regression", "regression")]
)
def test_a_promise_that_cannot_be_kept_is_refused(target, alpha, task, said):
    with pytest.raises(SpecError, match=said):
        set_aside_calibration(dataclasses.replace(target, task=task), alpha, seed=0)
