"""TransRate against log-determinants of the larger matrices."""

import numpy as np
import pytest

from automl_tl.testing.scorer import ScorerContract, clustered_sample
from automl_tl.transferability.base import scorers
from automl_tl.transferability.transrate import coding_rate


class TestTransRateContract(ScorerContract):
    scorer_name = "transrate"


def rate(z):
    return 0.5 * np.linalg.slogdet(np.eye(z.shape[1]) + z.T @ z / (len(z) * 1e-4))[1]


@pytest.mark.parametrize(("n", "d"), [(60, 5), (30, 80)])
def test_equals_the_definition(n, d):
    """Centred, total variance one, rate of all minus the mean rate of the classes."""
    sample = clustered_sample(n=n, size=d)
    z = sample.features.astype(float) - sample.features.astype(float).mean(axis=0)
    z /= np.sqrt(np.square(z).sum() / n)
    expected = rate(z) - sum((sample.labels == c).mean() * rate(z[sample.labels == c]) for c in range(3))
    assert scorers.get("transrate").score(sample).value == pytest.approx(expected, rel=1e-9)


def test_coding_rate_of_one_direction():
    """1/2 ln(1 + variance/eps)."""
    assert coding_rate(np.array([[1.0], [-1.0]]), 0.1) == pytest.approx(0.5 * np.log(11.0))
