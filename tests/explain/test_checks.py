"""Insertion and deletion against random orders."""

import numpy as np
import pytest

from automl_tl.explain.checks import check_evaluations, insertion_deletion

WEIGHTS = np.array([4.0, -3.0, 2.0, 0.5, -0.5, 0.1, 0.0, -2.0, 1.0, -1.0])


def additive(masks):
    total = masks.astype(float) @ WEIGHTS
    return np.stack([total, np.zeros(len(masks))], axis=1)


def test_true_contributions_are_faithful():
    """The exact order beats every random order."""
    result = insertion_deletion(additive, WEIGHTS, 0)
    assert result.verdict == "faithful"
    assert result.gap > max(result.random_gaps)
    assert 0 <= result.deletion <= result.insertion <= 1


def test_reversed_contributions_fail():
    """An explanation with the wrong sign is found out."""
    result = insertion_deletion(additive, -WEIGHTS, 0)
    assert result.verdict == "failed"
    assert result.gap < 0


@pytest.mark.parametrize("n_features", [2, 5, 64])
def test_the_cost_is_as_announced(n_features):
    """No more coalitions than check_evaluations beyond the two ends."""
    seen = set()

    def value(masks):
        seen.update(mask.tobytes() for mask in masks)
        return np.zeros((len(masks), 2))

    insertion_deletion(value, np.arange(n_features, dtype=float), 1)
    assert len(seen) <= check_evaluations(n_features) + 2
