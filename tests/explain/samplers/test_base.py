"""Correlations by which samplers judge themselves."""

import numpy as np
import pytest

from automl_tl.explain.samplers.base import expected_correlation, rank_correlation


def test_rank_correlation_is_spearmans():
    """Ties get their mean rank; a constant has no order."""
    from scipy.stats import spearmanr

    one, other = np.array([3.0, 1.0, 2.0, 2.0, 5.0]), np.array([1.0, 1.0, 4.0, 2.0, 9.0])
    assert rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert np.isnan(rank_correlation(one, np.ones(5)))
    assert np.isnan(rank_correlation(one[:1], other[:1]))


@pytest.mark.parametrize(("halves", "wholes"), [(0.0, 0.0), (0.5, 2 / 3), (1.0, 1.0)])
def test_wholes_correlate_more_than_halves(halves, wholes):
    """Spearman-Brown."""
    assert expected_correlation(halves) == pytest.approx(wholes)
