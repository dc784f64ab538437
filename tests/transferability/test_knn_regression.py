"""Nearest neighbours as a judge of embeddings, for numbers and for several labels."""

import numpy as np
import pytest

from automl_tl.testing.scorer import ScorerContract
from automl_tl.transferability import score
from automl_tl.transferability.knn_regression import KNearestRegression


class TestKNearestRegressionContract(ScorerContract):
    scorer_name = "knn_regression"

    def test_names_of_the_classes_do_not_matter(self):
        """Its labels are numbers, and those have no names."""


def circle(n=200, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    angle = rng.uniform(-np.pi, np.pi, n)
    features = np.column_stack([np.cos(angle), np.sin(angle)]) + noise * rng.normal(size=(n, 2))
    return features, np.cos(2 * angle)


def test_what_no_line_explains_neighbours_do():
    """Numbers that turn twice around a circle."""
    features, target = circle()
    assert score("knn_regression", features, target).value > 0.95
    assert score("ridge_regression", features, target).value < 0.1


def test_noise_lowers_the_score():
    """Of several labels as well."""
    clear, target = circle()
    noisy, _ = circle(noise=1.0)
    labels = np.column_stack([target > 0, clear[:, 0] > 0]).astype(np.int64)
    assert score("knn_regression", clear, labels).value > score("knn_regression", noisy, labels).value + 0.3


def test_many_examples_are_thinned(monkeypatch):
    """By content, so that their order does not matter."""
    monkeypatch.setattr("automl_tl.transferability.knn_regression._MOST_EXAMPLES", 100)
    features, target = circle()
    order = np.random.default_rng(1).permutation(200)
    value = score("knn_regression", features, target).value
    assert score("knn_regression", features[order], target[order]).value == pytest.approx(value)
    assert KNearestRegression.neighbours == 10
