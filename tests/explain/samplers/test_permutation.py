"""Antithetic permutations: additivity, errors and the games for which one pair is enough."""

import numpy as np
import pytest

from automl_tl.explain.samplers.permutation import Permutation, pair_evaluations


def sampler(games, value, n_features, evaluations, seed=0):
    return Permutation(n_features, games.ends(value, n_features), max_evals=evaluations, seed=seed)


def test_one_pair_is_exact_for_pairwise_interactions(games):
    """Twenty features, forty evaluations."""
    value, truth = games.pairwise(20)
    estimate, asked = games.run(sampler(games, value, 20, 1), value)
    assert asked == pair_evaluations(20) == 38
    assert np.allclose(estimate.values, truth, atol=1e-9)
    assert np.isnan(estimate.errors).all()
    assert np.isnan(estimate.stability)


@pytest.mark.parametrize("seed", range(3))
def test_values_add_up_and_errors_shrink(games, seed):
    """The sum is exact whatever the budget; four times the pairs halve the errors."""
    value = games.random(9, seed=seed)
    ends = games.ends(value, 9)
    few, _ = games.run(sampler(games, value, 9, 2 + 8 * 16, seed), value)
    many, asked = games.run(sampler(games, value, 9, 2 + 128 * 16, seed), value)
    assert asked == 128 * 16
    for estimate in (few, many):
        assert np.allclose(estimate.values.sum(axis=0), ends[1] - ends[0], atol=1e-9)
    assert 0.15 < many.errors.mean() / few.errors.mean() < 0.4


def test_errors_say_how_far_the_truth_is(games):
    """Over features and seeds, the distance to the truth is about one standard error."""
    value = games.random(8, seed=1)
    truth = games.brute_force(value, 8)
    ratios = []
    for seed in range(20):
        estimate, _ = games.run(sampler(games, value, 8, 2 + 20 * 14, seed), value)
        ratios.append((estimate.values - truth) / estimate.errors)
    assert 0.8 < np.sqrt(np.mean(np.square(ratios))) < 1.25


def test_the_budget_is_not_exceeded_and_the_seed_decides(games):
    """A pair that does not fit is not begun."""
    value = games.random(9)
    first, asked = games.run(sampler(games, value, 9, 60, seed=1), value)
    again, _ = games.run(sampler(games, value, 9, 60, seed=1), value)
    other, _ = games.run(sampler(games, value, 9, 60, seed=2), value)
    assert asked == 48
    assert np.array_equal(first.values, again.values)
    assert not np.array_equal(first.values, other.values)


def test_stability_is_high_where_seeds_agree(games):
    """A pairwise game has one answer, a random one with two pairs has not."""
    value, _ = games.pairwise(12)
    assert games.run(sampler(games, value, 12, 50), value)[0].stability == pytest.approx(1.0)
    value = games.random(12)
    assert games.run(sampler(games, value, 12, 50), value)[0].stability < 0.9


def test_before_the_first_pair_nothing_is_known(games):
    """There is no estimate to return at a deadline that comes first."""
    assert sampler(games, games.random(9), 9, 60).estimate() is None
