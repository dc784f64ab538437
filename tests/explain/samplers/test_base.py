"""Correlations by which samplers judge themselves."""

import numpy as np
import pytest

from automl_tl.explain.samplers.base import (
    expected_correlation,
    rank_correlation,
    with_contrast,
    worst_stability,
)


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


def test_the_contrast_is_a_column_of_its_own():
    """First output less second; of one output there is none."""
    values = np.array([[3.0, 1.0, 9.0], [2.0, 5.0, 9.0]])
    assert with_contrast(values)[:, 3].tolist() == [2.0, -3.0]
    assert with_contrast(values[:, :1]).shape == (2, 1)


def test_the_worst_stability_is_of_what_counts():
    """A later column that hardly moves, or has no order, is left out; the first never is."""
    values = np.array([[1.0, 2.0, 1e-6, 0.5], [2.0, -1.0, 1e-7, 0.5]])
    assert worst_stability(values, [0.9, 0.8, 0.1, float("nan")]) == 0.8
    assert np.isnan(worst_stability(values, [float("nan"), 0.1, 0.8, 0.9]))
    assert worst_stability(values[:, [2, 0]], [0.3, 0.9]) == 0.3
