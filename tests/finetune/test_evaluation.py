"""What was measured once on the sealed test part survives the file from which a resumed job reads it."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from automl_tl.finetune.evaluation import Evaluation, Interval, Predictions
from automl_tl.json_codec import from_plain, to_plain


def through_a_file(value):
    return from_plain(type(value), json.loads(json.dumps(to_plain(value), allow_nan=False)))


def test_predictions_come_back_with_their_types():
    predictions = Predictions(np.array([7, 9]), np.array([1, 0]), np.array([[0.25, 0.75], [1, 0]], np.float32))
    again = through_a_file(predictions)
    for name in ("rows", "labels", "probabilities"):
        before, after = getattr(predictions, name), getattr(again, name)
        assert np.array_equal(before, after)
        assert before.dtype == after.dtype


def test_a_metric_that_is_not_defined_stays_not_a_number():
    undefined = Interval(math.nan, math.nan, math.nan)
    again = through_a_file(Evaluation("final", "", {"accuracy": Interval(0.9, 0.8, 1.0), "auroc": undefined}))
    assert again.metrics["accuracy"] == Interval(0.9, 0.8, 1.0)
    assert all(math.isnan(figure) for figure in dataclasses.astuple(again.metrics["auroc"]))


@pytest.mark.parametrize("difference", [None, Interval(0.1, -0.02, 0.22)])
def test_a_difference_is_there_or_not(difference):
    assert through_a_file(Evaluation("majority class", "", {}, difference)).difference == difference


def test_a_measured_figure_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Interval(0.9, 0.8, 1.0).value = 1.0


def test_one_answer_of_each_group_is_found_by_dataset_rows():
    """Groups are those of the data set's rows; where no group has a second answer nothing is left out."""
    groups = ("a", "b", "a", "c", "b", "c")
    found = Predictions(np.array([5, 3, 4]), np.array([2, 0, 1]), np.eye(3, dtype=np.float32)[[2, 0, 1]])
    kept = found.one_of_each(groups, seed=0)
    assert sorted(groups[row] for row in kept.rows) == ["b", "c"]
    assert kept.labels.tolist() == kept.probabilities.argmax(axis=1).tolist()
    assert found.at(np.array([0, 2])).one_of_each(groups, seed=0).rows.tolist() == [5, 4]
    single = Predictions(np.array([0, 1]), np.zeros(2), np.zeros((2, 1), np.float32))
    assert single.one_of_each(groups, seed=0) is single
