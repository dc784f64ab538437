"""Targets as numbers, and the share of their variance that is explained."""

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample
from automl_tl.transferability.explained import explained_variance, numeric_targets


def sample(labels):
    return ProbeSample(np.ones((4, 2), np.float32), np.asarray(labels))


def test_the_mean_explains_nothing_and_the_truth_everything():
    """Per example the shares are contributions with that mean."""
    targets = np.array([[1.0], [2.0], [3.0]])
    assert explained_variance(targets, np.full((3, 1), 2.0)).value == pytest.approx(0.0)
    perfect = explained_variance(targets, targets)
    assert perfect.value == 1.0
    half = explained_variance(targets, np.array([[1.5], [2.0], [2.5]]))
    assert half.value == pytest.approx(0.75)
    assert half.contributions.mean() == pytest.approx(half.value)


def test_worse_than_the_mean_counts_as_nothing():
    """Contributions still have the value as their mean."""
    found = explained_variance(np.array([[0.0], [1.0]]), np.array([[5.0], [-5.0]]))
    assert found.value == 0.0
    assert found.contributions.mean() == pytest.approx(0.0)


def test_columns_that_do_not_vary_are_left_out():
    """A label that no example of a small rung has says nothing there."""
    assert numeric_targets(sample([[1, 0], [0, 0], [1, 0], [0, 0]]), 4).shape == (4, 1)
    with pytest.raises(ScoreUnavailable, match="same value for every example"):
        numeric_targets(sample([2.0, 2.0, 2.0, 2.0]), 4)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", "b", "c", "d"], "must be numbers"),
        ([1.0, 2.0], r"must have shape \(4,\)"),
        ([1.0, np.nan, 2.0, 3.0], "must be finite"),
    ],
)
def test_other_labels_are_refused(labels, message):
    """In words."""
    with pytest.raises(ScoreUnavailable, match=message):
        numeric_targets(sample(labels), 4)
