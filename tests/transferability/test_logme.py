"""LogME is the exact maximum evidence, whatever N and D are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import scorers
from automl_tl.transferability.logme import log_evidence


class TestLogMeContract(ScorerContract):
    scorer_name = "logme"


def evidence_as_published(features, target, a, b):
    """Equation (2) of the paper, term by term, with D x D matrices."""
    n, d = features.shape
    precision = a * np.eye(d) + b * features.T @ features
    mean = b * np.linalg.solve(precision, features.T @ target)
    return (
        d / 2 * np.log(a)
        + n / 2 * np.log(b)
        - np.linalg.slogdet(precision)[1] / 2
        - b / 2 * np.sum((target - features @ mean) ** 2)
        - a / 2 * mean @ mean
        - n / 2 * np.log(2 * np.pi)
    )


def best_by_search(features, target):
    """Maximise the published equation over (ln a, ln b) from many starts."""
    found = [
        minimize(
            lambda p: -evidence_as_published(features, target, np.exp(p[0]), np.exp(p[1])),
            start,
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000},
        )
        for start in ([0.0, 0.0], [3.0, 1.0], [-3.0, 2.0], [6.0, 0.5])
    ]
    return -min(result.fun for result in found)


@pytest.mark.parametrize(("n", "d"), [(40, 5), (12, 12), (15, 40)], ids=["N>D", "N=D", "N<D"])
def test_equals_the_maximum_of_the_published_equation(n, d):
    """Also for fewer samples than dimensions, where the widely copied code is wrong."""
    rng = np.random.default_rng(n * d)
    features = rng.normal(size=(n, d))
    weights = rng.normal(size=d) / np.sqrt(d)
    targets = np.stack([(features @ weights + 0.7 * rng.normal(size=n) > 0) * 1.0, rng.normal(size=n)], axis=1)
    ours = log_evidence(features, targets).log_evidence
    for column in range(2):
        assert ours[column] == pytest.approx(best_by_search(features, targets[:, column]), abs=1e-6)


def test_the_evidence_is_a_gaussian_likelihood_at_the_best_ratio():
    """With weights integrated out, y is Gaussian with covariance (I + FF'/t)/b."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(10, 3))
    target = features[:, :1] + 0.5 * rng.normal(size=(10, 1))
    found = log_evidence(features, target)
    shape = np.eye(10) + features @ features.T / found.ratio[0]
    noise = target[:, 0] @ np.linalg.solve(shape, target[:, 0]) / 10
    expected = multivariate_normal(np.zeros(10), noise * shape).logpdf(target[:, 0])
    assert found.log_evidence[0] == pytest.approx(expected, abs=1e-9)


def test_useless_features_leave_pure_noise():
    """Features orthogonal to the target are best ignored, which is the limit t = infinity."""
    features = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    target = np.array([[1.0], [1.0], [-1.0], [-1.0]])
    expected = -2 * (np.log(2 * np.pi) + 1)
    assert log_evidence(features, target).log_evidence[0] == pytest.approx(expected, abs=1e-12)


def test_perfectly_separable_data_stay_finite():
    """A target inside the span of two directions has no upper bound without the noise floor."""
    one_hot = np.repeat(np.eye(2), 10, axis=0)
    value = log_evidence(one_hot, one_hot).log_evidence
    assert np.isfinite(value).all()
    assert (value > 0).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(6, 30), d=st.integers(1, 40), log_scale=st.floats(-6, 6))
def test_scaling_all_features_changes_nothing(seed, n, d, log_scale):
    """The weight precision absorbs the scale exactly."""
    rng = np.random.default_rng(seed)
    features, targets = rng.normal(size=(n, d)), rng.normal(size=(n, 2))
    scaled = log_evidence(features * 10.0**log_scale, targets).log_evidence
    assert scaled == pytest.approx(log_evidence(features, targets).log_evidence, rel=1e-6, abs=1e-6)


def test_standard_error_shrinks_with_more_examples():
    """The delta-method error falls like one over the root of N."""
    small = scorers.get("logme").score(clustered_sample(n=60, separation=1.0))
    large = scorers.get("logme").score(clustered_sample(n=960, separation=1.0))
    assert large.standard_error == pytest.approx(small.standard_error / 4, rel=0.35)
