"""Frechet distance to the source domain, against the matrix square root."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import sqrtm

from automl_tl.errors import ScoreUnavailable
from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import scorers
from automl_tl.transferability.similarity.frechet import frechet_distance
from automl_tl.zoo.card import Fingerprint


class TestFrechetContract(ScorerContract):
    scorer_name = "frechet"
    uses_labels = False
    scale_invariant = False  # the fingerprint has the model's own scale


def test_equals_the_matrix_square_root():
    """On small, well-conditioned covariances."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5)) + rng.normal(size=5)
    factor = rng.normal(size=(5, 5))
    mean, covariance = rng.normal(size=5), factor @ factor.T + np.eye(5)
    own = np.cov(features, rowvar=False, bias=True)
    root = np.real(sqrtm(own @ covariance))
    expected = np.sum((features.mean(axis=0) - mean) ** 2) + np.trace(own + covariance - 2 * root)
    assert frechet_distance(features, mean, covariance) == pytest.approx(expected, rel=1e-8)


def test_the_source_itself_is_at_distance_zero():
    """Also with fewer samples than dimensions, where the covariance is singular."""
    features = np.random.default_rng(1).normal(size=(10, 30))
    own = np.cov(features, rowvar=False, bias=True)
    assert frechet_distance(features, features.mean(axis=0), own) == pytest.approx(0.0, abs=1e-9)


def test_is_the_same_for_a_model_of_another_scale():
    """Embeddings and fingerprint times ten describe the same closeness."""
    sample = clustered_sample()
    source = Fingerprint(sample.fingerprint.mean * 10, sample.fingerprint.covariance * 100, 1000)
    larger = replace(sample, features=sample.features * 10, fingerprint=source)
    scorer = scorers.get("frechet")
    assert scorer.score(larger).value == pytest.approx(scorer.score(sample).value, rel=1e-5)


def test_a_nearer_domain_scores_higher():
    """Moving the target away from the source lowers the score."""
    sample = clustered_sample(separation=0.0)
    away = replace(sample, features=sample.features + 5)
    assert scorers.get("frechet").score(sample).value > scorers.get("frechet").score(away).value


def test_two_gaussians_by_hand():
    """Four points of variance (1, 4) against variance (9, 1), means 3 apart: 9 + (1 - 3)^2 + (2 - 1)^2."""
    features = np.array([[1.0, 2.0], [-1.0, 2.0], [1.0, -2.0], [-1.0, -2.0]])
    found = frechet_distance(features, np.array([0.0, 3.0]), np.diag([9.0, 1.0]))
    assert found == pytest.approx(9 + 4 + 1, abs=1e-12)


@pytest.mark.parametrize(("n", "size"), [(6, 40), (40, 40), (300, 40)])
def test_singular_covariances_are_no_trouble(n, size):
    """Both of low rank, in different directions: against the eigenvalues of the product in few dimensions."""
    rng = np.random.default_rng(2)
    features = rng.normal(size=(n, 3)) @ rng.normal(size=(3, size))
    factor = rng.normal(size=(size, 5))
    own = features - features.mean(axis=0)
    inner = factor.T @ own.T @ own @ factor / n
    overlap = np.sqrt(np.maximum(np.linalg.eigvalsh(inner), 0)).sum()
    expected = np.square(own).sum() / n + np.square(factor).sum() - 2 * overlap
    found = frechet_distance(features, features.mean(axis=0), factor @ factor.T)
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("fingerprint", "reason"),
    [
        (None, "no fingerprint"),
        (Fingerprint(np.zeros(3, np.float32), np.eye(3, dtype=np.float32), 5), "3 dimensions"),
        (Fingerprint(np.zeros(8, np.float32), np.zeros((8, 8), np.float32), 5), "no variance"),
    ],
)
def test_an_unusable_fingerprint_gets_a_reason(fingerprint, reason):
    """The ranking shows why the column is empty."""
    with pytest.raises(ScoreUnavailable, match=reason):
        scorers.get("frechet").score(replace(clustered_sample(), fingerprint=fingerprint))
