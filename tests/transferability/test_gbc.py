"""The Bhattacharyya score against the closed form of two Gaussians."""

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract
from automl_tl.transferability import score


class TestGbcContract(ScorerContract):
    scorer_name = "gbc"


def test_equals_the_integral_over_two_gaussians():
    """In one dimension the coefficient is the integral of sqrt(p q)."""
    features = np.array([[-1.0], [1.0], [2.0], [6.0]])
    x = np.linspace(-60, 60, 200_001)

    def density(mean, sd):
        return np.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))

    overlap = np.sqrt(density(0, 1) * density(4, 2)).sum() * (x[1] - x[0])
    assert score("gbc", features, [0, 0, 1, 1]).value == pytest.approx(-2 * overlap, rel=1e-9)


def test_equal_classes_overlap_fully():
    """Minus the number of ordered pairs is the worst value."""
    features = np.tile([[0.0, 1.0], [1.0, 0.0]], (3, 1))
    assert score("gbc", features, [0, 0, 1, 1, 2, 2]).value == pytest.approx(-6.0)


def test_classes_of_one_example_use_the_floor():
    """Their own variance is unknown, not zero."""
    features = np.random.default_rng(0).normal(size=(6, 3))
    assert np.isfinite(score("gbc", features, np.arange(6)).value)


def test_constant_embeddings_are_refused():
    """There is no variance to measure distances by."""
    with pytest.raises(ScoreUnavailable, match="same embedding"):
        score("gbc", np.ones((6, 3)), [0, 0, 0, 1, 1, 1])
