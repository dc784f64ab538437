"""Decisions from draws, each by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.transferability.decision import contenders, expected_regret, probability_best
from automl_tl.transferability.posterior import Posterior


def log_odds(*shares):
    return np.log(np.array(shares) / (1 - np.array(shares)))


def test_the_probability_of_being_best_counts_draws_and_shares_ties():
    draws = np.array([[1.0, 0.0, -1.0], [0.0, 2.0, 1.0], [1.0, 1.0, 0.0], [3.0, 3.0, 3.0]])
    third = 1 / 3
    assert probability_best(draws) == pytest.approx(np.array([1 + 0.5 + third, 1 + 0.5 + third, third]) / 4)


def test_two_equal_models_are_best_with_probability_one_half_exactly():
    """Whatever their common errors: draws come in antithetic pairs."""
    for covariance in (np.eye(2), np.array([[2.0, 1.9], [1.9, 2.0]]), np.ones((2, 2)), np.zeros((2, 2))):
        believed = Posterior(np.array([0.7, 0.7]), covariance)
        assert probability_best(believed.draws(3)).tolist() == [0.5, 0.5]


def test_the_probability_is_that_of_a_normal_difference():
    """Means 1 apart, standard deviation of the difference sqrt(2): Phi(0.7071) = 0.7602."""
    found = probability_best(Posterior(np.array([1.0, 0.0]), np.eye(2)).draws(0, count=40_000))
    assert found == pytest.approx([0.7602, 0.2398], abs=0.01)


def test_a_model_that_never_has_a_value_is_never_best():
    draws = np.array([[np.nan, -5.0], [np.nan, -1e300]])
    assert probability_best(draws).tolist() == [0.0, 1.0]


def test_expected_regret_is_the_mean_loss_of_accuracy():
    """0.9 and 0.8 in one draw, 0.5 and 0.7 in the other."""
    draws = np.array([log_odds(0.9, 0.8), log_odds(0.5, 0.7)])
    assert expected_regret(draws) == pytest.approx([0.1, 0.05])


def test_a_certain_best_has_no_regret():
    draws = np.tile(log_odds(0.9, 0.6), (3, 1))
    assert expected_regret(draws) == pytest.approx([0.0, 0.3])


def test_regret_knows_that_log_odds_count_less_at_the_top():
    """The same difference of log-odds at 50 % and at 99 %."""
    middle, top = (expected_regret(np.array([[odds, odds - 1.0]]))[1] for odds in (0.5, 5.0))
    assert middle > 5 * top


def test_contenders_by_hand():
    assert contenders(np.array([0.6, 0.3, 0.06, 0.04])).tolist() == [True, True, True, False]
    assert contenders(np.array([0.02, 0.96, 0.02])).tolist() == [False, True, False]
    assert contenders(np.array([0.5, 0.5]), level=0.5).tolist() == [True, False]


def test_exactly_95_percent_is_enough():
    """Sums of 0.05 and 0.9 are not exact in binary."""
    assert contenders(np.array([0.05, 0.05, 0.9])).tolist() == [True, False, True]


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=6), st.floats(0.05, 0.99))
def test_contenders_are_the_smallest_set_that_reaches_the_level(weights, level):
    probabilities = np.array(weights) / np.sum(weights)
    chosen = contenders(probabilities, level)
    assert probabilities[chosen].sum() >= level - 1e-9
    for size in range(int(chosen.sum())):
        sums = (probabilities[list(some)].sum() for some in itertools.combinations(range(len(weights)), size))
        assert all(total < level + 1e-9 for total in sums)
