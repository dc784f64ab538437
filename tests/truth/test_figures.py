"""How well an order agrees with the truth, against figures by hand and by counting all orders."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.truth.figures import (
    Agreement,
    agreement,
    mean_interval,
    noise_ceiling,
    paired_interval,
    random_agreement,
)

TRUTH = np.array([0.5, 0.9, 0.7, 0.6, 0.8])


def weighted_tau_by_hand(x, y):
    """Additive hyperbolic weights by each side's ranks in turn, without ties; the mean of both."""

    def by(ranked):
        place = (-ranked).argsort().argsort()
        agree = total = 0.0
        for i, j in itertools.combinations(range(len(x)), 2):
            weight = 1 / (place[i] + 1) + 1 / (place[j] + 1)
            agree += weight * np.sign(x[i] - x[j]) * np.sign(y[i] - y[j])
            total += weight
        return agree / total

    return (by(x) + by(y)) / 2


def test_the_same_order_agrees_fully():
    found = agreement(TRUTH, 10 * TRUTH - 3)
    assert (found.weighted_tau, found.tau) == pytest.approx((1, 1))
    assert (found.regret_1, found.regret_3, found.top_3) == (0, 0, 1)


def test_the_reverse_order_disagrees_fully():
    found = agreement(TRUTH, -TRUTH)
    assert found.weighted_tau == pytest.approx(-1)
    assert found.tau == pytest.approx(-1)
    assert found.regret_1 == pytest.approx(40)
    assert found.regret_3 == pytest.approx(20)
    assert found.top_3 == 0


def test_regret_is_counted_in_points_of_the_first_and_of_the_best_of_three():
    """Taken are 0.7, 0.6, 0.8 where 0.9 was to be had."""
    found = agreement(TRUTH, np.array([1.0, 2.0, 5.0, 4.0, 3.0]))
    assert found.regret_1 == pytest.approx(20)
    assert found.regret_3 == pytest.approx(10)
    assert found.top_3 == 0


@given(st.permutations(range(6)))
def test_weighted_tau_is_vignas(order):
    x, y = np.arange(6.0), np.array(order, dtype=float)
    assert agreement(x, y).weighted_tau == pytest.approx(weighted_tau_by_hand(x, y))


def test_an_exchange_at_the_top_costs_more_than_one_at_the_bottom():
    """Plain tau does not see the difference."""
    top, bottom = np.array([1, 2, 3, 5, 4.0]), np.array([2, 1, 3, 4, 5.0])
    truth = np.arange(5.0)
    assert agreement(truth, top).weighted_tau < agreement(truth, bottom).weighted_tau
    assert agreement(truth, top).tau == agreement(truth, bottom).tau


def test_ties_are_broken_against_the_order():
    """Whatever stands first in the file: of tied models the worse is taken."""
    for truth in (np.array([0.9, 0.5]), np.array([0.5, 0.9])):
        assert agreement(truth, np.array([1.0, 1.0])).regret_1 == pytest.approx(40)


def test_an_order_that_says_nothing_earns_nothing():
    """Not NaN, which would spoil the mean over data sets; nor where the truth knows no difference."""
    found = agreement(TRUTH, np.full(5, 0.3))
    assert (found.weighted_tau, found.tau) == (0.0, 0.0)
    assert agreement(np.full(5, 0.8), TRUTH) == Agreement(0.0, 0.0, 0.0, 0.0, 1.0)
    assert agreement(TRUTH, np.full(5, math.nan)).weighted_tau == 0.0


def test_a_model_without_a_value_stands_last():
    """Also behind minus a lot, and the worse of two such models before the better."""
    values = np.array([math.nan, math.nan, -1e300, 2.0, 3.0])
    found = agreement(TRUTH, values)
    assert found == agreement(TRUTH, np.array([1.0, 1.0, 2.0, 3.0, 4.0]))
    assert agreement(TRUTH[:2], np.array([-np.inf, math.nan])).regret_1 == pytest.approx(40)


@pytest.mark.parametrize(
    "truth", [[0.5, 0.9, 0.7, 0.6], [0.5, 0.9, 0.9, 0.6, 0.1], [0.4, 0.6], [0.3, 0.3, 0.3, 0.3]]
)
def test_a_random_order_is_the_mean_over_all_orders(truth):
    truth = np.array(truth)
    each = [agreement(truth, np.array(order, float)) for order in itertools.permutations(range(len(truth)))]
    found = random_agreement(truth)
    for name in ("weighted_tau", "tau", "regret_1", "regret_3", "top_3"):
        tied = name == "weighted_tau" and len(set(truth)) < len(truth)
        mean = np.mean([getattr(one, name) for one in each])
        assert getattr(found, name) == pytest.approx(mean, abs=0.05 if tied else 1e-12)


def test_the_noise_ceiling_is_one_without_noise_and_about_zero_without_signal():
    assert noise_ceiling(np.tile(TRUTH, (3, 1))) == pytest.approx(1)
    assert abs(noise_ceiling(np.random.default_rng(0).normal(size=(40, 12)))) < 0.15


def test_the_noise_ceiling_by_hand():
    """Two seeds: each is the other's mean."""
    seeds = np.array([[0.5, 0.6, 0.7, 0.8], [0.5, 0.7, 0.6, 0.8]])
    assert noise_ceiling(seeds) == pytest.approx(weighted_tau_by_hand(seeds[0], seeds[1]))


def test_one_seed_has_no_noise_ceiling():
    assert math.isnan(noise_ceiling(TRUTH[None]))


def test_the_interval_of_equal_values_is_a_point():
    assert mean_interval([0.4, 0.4, 0.4]) == pytest.approx((0.4, 0.4, 0.4))


def test_the_interval_covers_the_mean_with_the_standard_error_of_the_bootstrap():
    values = np.random.default_rng(3).normal(size=200)
    mean, low, high = mean_interval(values)
    assert mean == pytest.approx(values.mean())
    error = values.std() / math.sqrt(200)
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.1)


def test_a_paired_interval_forgets_what_data_sets_have_in_common():
    """Data sets differ by 1, the methods by 0.1 on each."""
    other = {f"data {number}": float(number) for number in range(6)}
    ours = {data: value + 0.1 for data, value in reversed(other.items())}
    assert paired_interval(ours, other) == pytest.approx((0.1, 0.1, 0.1))
