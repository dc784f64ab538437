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
