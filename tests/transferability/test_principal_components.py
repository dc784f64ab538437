"""Principal components by either Gram matrix."""

import numpy as np
import pytest

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.principal_components import principal_components, span


@pytest.mark.parametrize(("n", "d"), [(40, 6), (8, 30)])
def test_equals_the_svd(n, d):
    """Up to the sign, the largest first."""
    features = np.random.default_rng(0).normal(size=(n, d)) + 5.0
    left, singular, _ = np.linalg.svd(features - features.mean(axis=0), full_matrices=False)
    found = principal_components(features, most=4)
    assert np.abs(found) == pytest.approx(np.abs(left[:, :4] * singular[:4]), rel=1e-7)


def test_takes_as_many_as_explain_the_share():
    """Variances 4, 1 and 0: 80 % is the first alone, more takes both, and no rounding noise."""
    features = np.array([[2.0, 1.0, 3.0], [-2.0, 1.0, 3.0], [2.0, -1.0, 3.0], [-2.0, -1.0, 3.0]])
    assert principal_components(features, share=0.8).shape == (4, 1)
    assert principal_components(features, share=0.81).shape == (4, 2)
    assert principal_components(features).shape == (4, 2)


def test_signs_do_not_depend_on_the_order_of_the_examples():
    """The largest loading is positive."""
    features = np.random.default_rng(0).normal(size=(12, 5))
    order = np.random.default_rng(1).permutation(12)
    assert principal_components(features[order]) == pytest.approx(principal_components(features)[order])


def test_the_span_keeps_all_distances():
    """With at most N coordinates."""
    features = np.random.default_rng(0).normal(size=(7, 30))
    found = span(features)
    assert found.shape == (7, 7)
    assert np.linalg.norm(found[2] - found[5]) == pytest.approx(np.linalg.norm(features[2] - features[5]))


def test_equal_examples_are_refused():
    """They have no component."""
    for function in (span, principal_components):
        with pytest.raises(ScoreUnavailable, match="same embedding"):
            function(np.full((5, 3), 0.1))
