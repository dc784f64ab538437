"""Shrunk H-score against scikit-learn's shrinkage and the unshrunk definition."""

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import scorers
from automl_tl.transferability.hscore import ledoit_wolf_shrinkage


class TestHScoreContract(ScorerContract):
    scorer_name = "hscore"


@pytest.mark.parametrize(("n", "d"), [(60, 8), (20, 50)])
def test_equals_the_definition_with_scikit_learns_shrinkage(n, d):
    """tr(cov_a^-1 (1 - a) cov_between), also for fewer samples than dimensions."""
    sample = clustered_sample(n=n, size=d)
    features = sample.features.astype(float)
    centred = features - features.mean(axis=0)
    covariance, shrinkage = ledoit_wolf(centred, assume_centered=True)
    means = np.stack([centred[sample.labels == c].mean(axis=0) for c in range(3)])[sample.labels]
    between = means.T @ means / n
    expected = np.trace(np.linalg.solve(covariance, (1 - shrinkage) * between))
    assert scorers.get("hscore").score(sample).value == pytest.approx(expected, rel=1e-10)


def test_shrinkage_equals_scikit_learns():
    """The O(ND) form of Ledoit and Wolf's intensity."""
    centred = np.random.default_rng(0).normal(size=(30, 12))
    centred -= centred.mean(axis=0)
    _, expected = ledoit_wolf(centred, assume_centered=True)
    fourth = np.square(np.square(centred).sum(axis=1)).sum()
    assert ledoit_wolf_shrinkage(centred.T @ centred, fourth, 30, 12) == pytest.approx(expected, rel=1e-10)


def test_never_leaves_its_bounds():
    """0 <= H <= C - 1."""
    for separation in (0.0, 1.0, 30.0):
        value = scorers.get("hscore").score(clustered_sample(separation=separation)).value
        assert 0 <= value <= 2
