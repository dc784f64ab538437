"""The permutation tests are exact, hold their level and find real gaps."""

import numpy as np
import pytest
from scipy.stats import hypergeom

from automl_tl.fairness.permutation import gap_p_value, log_choose, mean_gap_p_values, standard_gaps


def test_two_groups_are_the_exact_two_sided_test():
    """Against the hypergeometric law, enumerated."""
    hits, sizes = np.array([18, 11]), np.array([20, 25])
    support = np.arange(max(0, 29 - 25), 21)
    law, expected = hypergeom(45, 20, 29).pmf(support), 20 * 29 / 45
    exact = law[np.abs(support - expected) >= abs(18 - expected) - 1e-12].sum()
    assert gap_p_value(hits, sizes) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_more_groups_agree_with_shuffling(seed):
    """The convolution is the probability that 20 000 shuffles estimate; unwatched groups belong to the rest."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(5, 50, 4)
    hits, watched = rng.binomial(sizes, 0.7), np.array([True, True, False, True])
    drawn = rng.multivariate_hypergeometric(sizes, int(hits.sum()), size=20_000)
    largest = np.array([np.abs(standard_gaps(row, sizes))[watched].max() for row in drawn])
    shuffled = (largest >= np.abs(standard_gaps(hits, sizes))[watched].max() - 1e-9).mean()
    assert gap_p_value(hits, sizes, watched) == pytest.approx(shuffled, abs=0.012)


def test_p_values_never_favour_a_gap_without_one():
    """2000 null tables of four groups: at most the nominal share is significant, and not much less."""
    rng = np.random.default_rng(0)
    sizes = np.array([40, 40, 60, 100])
    p_values = np.array([gap_p_value(rng.binomial(sizes, 0.8), sizes) for _ in range(2000)])
    assert 0.03 <= (p_values <= 0.05).mean() <= 0.06
    assert 0.4 <= (p_values <= 0.5).mean() <= 0.53


def test_far_tails_keep_their_digits():
    """Certain gaps have p-values far below rounding, in order, and never 0."""
    three = [gap_p_value(np.array([n, n // 2, n // 2]), np.array([n, n, n])) for n in (50, 100, 400)]
    two = [gap_p_value(np.array([n, n // 2]), np.array([n, n])) for n in (50, 100, 400)]
    assert 0 < three[2] < three[1] < three[0] < 1e-8
    assert 0 < two[2] < two[1] < two[0] < 1e-8
    assert two[2] < 1e-70


def test_nothing_to_see_is_p_one():
    """Equal rates, all right, all wrong."""
    assert gap_p_value(np.array([8, 16]), np.array([10, 20])) == 1.0
    assert gap_p_value(np.array([10, 20]), np.array([10, 20])) == 1.0
    assert gap_p_value(np.array([0, 0, 0]), np.array([10, 20, 5])) == 1.0


def test_large_samples_stay_fast_and_finite():
    """A million rows: windows are a few standard deviations wide, not as long as the groups."""
    p_value = gap_p_value(np.array([350_100, 299_900, 50_000]), np.array([500_000, 430_000, 70_000]))
    assert 0 < p_value < 1e-3


def test_means_have_a_p_value_for_all_and_for_each():
    """A shifted group is found, the others alone are not blamed; without a shift p-values are spread."""
    rng = np.random.default_rng(3)
    codes, watched = np.arange(240) % 4, np.ones(4, dtype=bool)
    values = rng.normal(size=240) + 1.2 * (codes == 2)
    largest, each = mean_gap_p_values(values, codes, 4, watched=watched, shuffles=999)
    assert largest == pytest.approx(0.001)
    assert each[2] == pytest.approx(0.001)
    nulls = [
        mean_gap_p_values(rng.normal(size=60), codes[:60], 4, watched=watched, seed=run, shuffles=199)[0]
        for run in range(200)
    ]
    assert (np.array(nulls) <= 0.05).mean() <= 0.1
    assert mean_gap_p_values(np.ones(60), codes[:60], 4, watched=watched, shuffles=99)[0] == 1.0


def test_binomial_coefficients():
    """ln(5 over k)."""
    assert np.exp(log_choose(5, np.arange(6))) == pytest.approx([1, 5, 10, 10, 5, 1])
