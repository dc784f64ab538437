"""The permutation test holds its level and finds real gaps."""

import numpy as np

from automl_tl.fairness.permutation import gap_p_value


def test_p_values_are_about_uniform_without_a_gap():
    """400 null tables of four groups: no more than the nominal share is significant, give or take chance."""
    rng = np.random.default_rng(0)
    sizes = np.array([40, 40, 60, 100])
    p_values = np.array(
        [gap_p_value(rng.binomial(sizes, 0.8), sizes, seed=run, permutations=499) for run in range(400)]
    )
    assert 0.02 <= (p_values <= 0.05).mean() <= 0.085
    assert 0.43 <= (p_values <= 0.5).mean() <= 0.6


def test_a_planted_gap_is_found():
    """0.95 against 0.65 with 100 rows each."""
    assert gap_p_value(np.array([95, 65]), np.array([100, 100])) < 0.001


def test_equal_rates_have_p_one():
    """Every permutation is at least as far apart as no gap at all."""
    assert gap_p_value(np.array([8, 16]), np.array([10, 20])) == 1.0


def test_two_groups_agree_with_the_exact_law():
    """Against Fisher-style enumeration of the hypergeometric distribution."""
    from scipy.stats import hypergeom

    right, sizes = np.array([18, 11]), np.array([20, 20])
    support = np.arange(9, 21)
    law = hypergeom(40, 20, 29).pmf(support)
    exact = law[np.abs(support / 20 - (29 - support) / 20) >= 0.35 - 1e-12].sum()
    assert abs(gap_p_value(right, sizes, permutations=20_000) - exact) < 0.005
