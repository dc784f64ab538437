"""Intervals with known values, against independent solutions, and their coverage."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

from automl_tl.fairness.bounds import (
    clustered_bounds,
    holm,
    newcombe,
    normal_quantile,
    rate,
    ratio_bounds,
    wilson_bounds,
)
from automl_tl.finetune.bootstrap import wilson


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((10, 10, 0, 20), 0.6791, 1.0)],
)
def test_newcombe_known_values(counts, low, high):
    """Examples of Newcombe 1998, p. 873, table II, method 10."""
    difference = newcombe(*counts)
    assert (difference.low, difference.high) == pytest.approx((low, high), abs=5e-5)
    assert difference.value == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])


def test_wilson_agrees_with_the_scalar_form_and_knows_nothing_of_nothing():
    """Arrays at once, the same figures as for the test part; 0 / 0 spans everything."""
    tops, bottoms = np.array([0, 3, 10, 7]), np.array([10, 10, 10, 9])
    low, high = wilson_bounds(tops, bottoms)
    plain = [wilson(int(x), int(n)) for x, n in zip(tops, bottoms, strict=True)]
    assert low == pytest.approx([entry.low for entry in plain], abs=1e-12)
    assert high == pytest.approx([entry.high for entry in plain], abs=1e-12)
    assert [float(bound) for bound in wilson_bounds(0, 0)] == [0.0, 1.0]


def test_answers_that_go_together_count_once():
    """Units of equal answers are worth one answer each; units that say nothing of one another's count in full."""
    alike = np.repeat([[True], [True], [False], [False], [False], [False], [False], [False]], 20, axis=1)
    assert clustered_bounds(alike) == pytest.approx([float(bound) for bound in wilson_bounds(2, 8)], abs=1e-12)
    even = np.tile([True, False, False, False], (8, 5))
    assert clustered_bounds(even) == pytest.approx([float(bound) for bound in wilson_bounds(40, 160)], abs=1e-12)
    none = np.zeros((8, 20), dtype=bool)
    assert clustered_bounds(none) == pytest.approx([float(bound) for bound in wilson_bounds(0, 160)], abs=1e-12)
    assert clustered_bounds(np.ones((1, 20), dtype=bool))[0] == pytest.approx(float(wilson_bounds(1, 1)[0]))


def test_intervals_of_units_cover_where_answers_taken_for_independent_do_not():
    """20 sentences of 20 terms, sentences of different mean: 95 % cover in at least 90 % of 400 cases."""
    rng, kept, naive = np.random.default_rng(0), 0, 0
    for _ in range(400):
        chances = rng.beta(0.6, 2.4, size=(20, 1))
        hits = rng.random((20, 20)) < chances
        low, high = clustered_bounds(hits)
        kept += low <= 0.2 <= high
        low, high = (float(bound) for bound in wilson_bounds(hits.sum(), hits.size))
        naive += low <= 0.2 <= high
    assert kept >= 0.9 * 400
    assert naive < 0.75 * 400


def slow_score(a, m, b, n, ratio):
    """The score statistic with the constrained maximum of the likelihood found numerically."""

    def loss(second):
        first = min(max(ratio * second, 1e-12), 1 - 1e-12)
        return -(a * np.log(first) + (m - a) * np.log1p(-first) + b * np.log(second) + (n - b) * np.log1p(-second))

    top = min(1.0, 1 / ratio) - 1e-9
    second = minimize_scalar(loss, bounds=(1e-9, top), method="bounded", options={"xatol": 1e-12}).x
    first = ratio * second
    variance = (first * (1 - first) / m + ratio**2 * second * (1 - second) / n) * (m + n) / (m + n - 1)
    return (a / m - ratio * b / n) / np.sqrt(variance)


@pytest.mark.parametrize("counts", [(10, 40, 20, 50), (5, 12, 9, 11), (48, 50, 30, 50), (3, 200, 9, 100)])
def test_miettinen_nurminen_agrees_with_a_numerical_likelihood(counts):
    """Both bounds are where the score test with numerically constrained shares begins to reject."""
    a, m, b, n = counts
    low, high = (float(bound) for bound in ratio_bounds(*counts))
    estimate, z = (a / m) / (b / n), norm.ppf(0.975)
    assert low == pytest.approx(brentq(lambda r: slow_score(*counts, r) - z, estimate / 50, estimate), rel=1e-4)
    assert high == pytest.approx(brentq(lambda r: slow_score(*counts, r) + z, estimate, estimate * 50), rel=1e-4)


def test_ratios_of_zeros_are_open_not_zero():
    """0 of n has a lower bound of 0; something over 0 has no upper bound; 0 over 0 says nothing."""
    low, high = ratio_bounds([0, 5, 0], [20, 20, 20], [5, 0, 0], [20, 20, 20])
    assert (low[0], low[2]) == (0.0, 0.0)
    assert 0 < high[0] < 1
    assert low[1] > 1
    assert np.isinf(high[1:]).all()


def test_ratio_intervals_cover():
    """2000 samples of 40 and 60 rows: about 95 %."""
    rng = np.random.default_rng(0)
    a, b = rng.binomial(40, 0.4, 2000), rng.binomial(60, 0.6, 2000)
    low, high = ratio_bounds(a, 40, b, 60)
    assert 0.935 <= ((low <= 2 / 3) & (high >= 2 / 3)).mean() <= 0.97


def test_an_empty_denominator_is_not_zero():
    """Nothing was measured, and the note says of what; of too little only the number of rows is told."""
    empty = rate(0, 0, what='rows of class "sick"')
    assert (empty.value, empty.low, empty.high, empty.suppressed) == (None, None, None, False)
    assert empty.note == 'not measurable: no rows of class "sick"'
    few = rate(3, 4, what="rows")
    assert (few.value, few.numerator, few.denominator, few.suppressed) == (None, None, 4, True)
    assert few.note == "not shown: only 4 rows, fewer than 10"
    assert rate(30, 40, what="rows").note == ""


def test_holm_known_values():
    """0.01, 0.04, 0.03, 0.005 become 0.03, 0.06, 0.06, 0.02; missing tests do not count."""
    assert holm([0.01, 0.04, None, 0.03, 0.005]) == pytest.approx((0.03, 0.06, None, 0.06, 0.02))
    assert holm([0.9, 0.8]) == (1.0, 1.0)
    assert holm([]) == ()


def test_weights_share_the_budget():
    """Three quarters to the first test; equal weights change nothing; nothing gets better than its raw p-value."""
    assert holm([0.03, 0.5], [3.0, 1.0]) == pytest.approx((0.04, 0.5))
    assert holm([0.01, 0.04, 0.03], [2.0, 2.0, 2.0]) == pytest.approx(holm([0.01, 0.04, 0.03]))
    assert all(a >= p for a, p in zip(holm([0.2, 0.02, 0.3], [1, 5, 9]), (0.2, 0.02, 0.3), strict=True))


def test_normal_quantiles():
    """The one everybody knows."""
    assert normal_quantile(0.975) == pytest.approx(1.959964, abs=1e-6)
