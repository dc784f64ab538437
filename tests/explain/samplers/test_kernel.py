"""Paired KernelSHAP: exact where it can be, additive always, and its errors mean what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.explain.samplers.kernel import PairedKernel


def sampler(games, value, n_features, evaluations, seed=0):
    return PairedKernel(n_features, games.ends(value, n_features), max_evals=evaluations, seed=seed)


@pytest.mark.parametrize("n_features", [2, 3, 5, 8, 10])
def test_all_pairs_give_the_exact_values(games, n_features):
    """With a budget of 2^F every coalition is regressed."""
    value = games.random(n_features, seed=n_features)
    estimate, asked = games.run(sampler(games, value, n_features, 2**n_features), value)
    assert asked == 2**n_features - 2
    assert np.allclose(estimate.values, games.brute_force(value, n_features), atol=1e-8)
    assert np.array_equal(estimate.errors, np.zeros((n_features, 2)))
    assert estimate.stability == 1.0


@pytest.mark.parametrize("evaluations", [30, 100, 300])
def test_values_add_up_to_rounding(games, evaluations):
    """Whatever was drawn, the sum is the difference of both ends."""
    value = games.random(14, seed=4)
    estimate, asked = games.run(sampler(games, value, 14, evaluations), value)
    ends = games.ends(value, 14)
    assert asked <= max(evaluations - 2, 28)
    assert np.abs(estimate.values.sum(axis=0) - (ends[1] - ends[0])).max() <= 1e-10


def test_pairwise_interactions_cost_nothing(games):
    """Differences of pairs are free of them, so sixty evaluations are exact for twenty features."""
    value, truth = games.pairwise(20)
    estimate, _ = games.run(sampler(games, value, 20, 60), value)
    assert np.allclose(estimate.values, truth, atol=1e-8)


def test_errors_say_how_far_the_truth_is(games):
    """Over features and seeds, the distance to the truth is about one standard error."""
    value = games.random(10, seed=2)
    truth = games.brute_force(value, 10)
    ratios = []
    for seed in range(20):
        estimate, _ = games.run(sampler(games, value, 10, 300, seed), value)
        ratios.append((estimate.values - truth) / np.maximum(estimate.errors, 1e-9))
    assert 0.7 < np.sqrt(np.mean(np.square(ratios))) < 1.4


def test_more_evaluations_come_nearer(games):
    """Four times as many halve the distance to the truth, roughly."""
    value = games.random(10, seed=6)
    truth = games.brute_force(value, 10)

    def distance(evaluations):
        found = [games.run(sampler(games, value, 10, evaluations, seed), value)[0] for seed in range(10)]
        return np.mean([np.abs(estimate.values - truth).mean() for estimate in found])

    assert distance(400) < 0.7 * distance(100)


def test_an_interrupted_draw_is_an_answer(games):
    """After the first round there are values of every feature, with errors as soon as coalitions were drawn."""
    value = games.random(14, seed=4)
    kernel = sampler(games, value, 14, 400)
    assert kernel.estimate() is None
    kernel.tell(value(kernel.ask()))
    first = kernel.estimate()
    ends = games.ends(value, 14)
    assert np.allclose(first.values.sum(axis=0), ends[1] - ends[0])
    kernel.tell(value(kernel.ask()))
    kernel.tell(value(kernel.ask()))
    assert np.isfinite(kernel.estimate().errors).all()


def test_the_seed_decides(games):
    """Same seed, same values; another seed, others."""
    value = games.random(14)
    values = [games.run(sampler(games, value, 14, 100, seed), value)[0].values for seed in (1, 1, 2)]
    assert np.array_equal(values[0], values[1])
    assert not np.array_equal(values[0], values[2])


def test_with_pairs_to_spare_single_features_are_drawn_like_others(games):
    """Taken whole they would use up the budget; scarce pairs still give every feature its own."""
    value = games.random(14, seed=4)
    spare, scarce = sampler(games, value, 14, 60), sampler(games, value, 14, 32)
    singles = [int((np.minimum(each.ask().sum(axis=1), 99) == 1).sum()) for each in (spare, scarce)]
    assert singles[0] < 14
    assert singles[1] == 14


def test_few_pairs_of_a_game_that_does_not_add_up_are_not_stable(games):
    """However well they are fitted: left-out pairs are not foretold."""
    value = games.random(14, seed=5)
    for seed in range(10):
        kernel = sampler(games, value, 14, 80, seed)
        kernel.tell(value(kernel.ask()))
        assert not kernel.estimate().stability >= 0.95


def test_few_pairs_of_a_game_that_adds_up_are_stable(games):
    """They determine every value."""
    value, _ = games.pairwise(20)
    kernel = sampler(games, value, 20, 80)
    kernel.tell(value(kernel.ask()))
    assert kernel.estimate().stability > 0.999


def test_errors_of_few_pairs_are_not_too_small(games):
    """With hardly more pairs than features the fit hides what it misses; the errors do not."""
    value = games.random(14, seed=2)
    truth = games.run(sampler(games, value, 14, 2**14), value)[0].values
    ratios = []
    for seed in range(30):
        estimate, _ = games.run(sampler(games, value, 14, 60, seed), value)
        ratios.append((estimate.values - truth) / estimate.errors)
    assert 0.5 < np.sqrt(np.mean(np.square(ratios))) < 1.3


@given(st.integers(1, 12), st.integers(4, 300), st.integers(0, 2**20), st.booleans())
def test_no_pair_is_asked_for_twice(n_features, evaluations, seed, with_pilot):
    """Whatever budget and number of features, also where nearly all coalitions of a size are drawn."""
    half = np.random.default_rng(seed).permutation(n_features) < n_features / 2
    kernel = PairedKernel(
        n_features, np.zeros((2, 1)), max_evals=evaluations, seed=seed, asked=half if with_pilot else None
    )
    keys = []
    while (masks := kernel.ask()) is not None:
        keys += [mask.tobytes() for mask in masks]
        kernel.tell(np.zeros((len(masks), 1)))
    assert len(set(keys)) == len(keys)
    assert len(keys) <= max(evaluations - 2, 2 * n_features)


def test_a_pair_that_is_known_costs_nothing(games):
    """It comes first, and only where its size is not taken completely anyway."""
    half = np.arange(12) % 2 == 0
    kernel = PairedKernel(12, np.zeros((2, 1)), max_evals=100, seed=0, asked=half)
    first = kernel.ask()
    assert (first[0] == half).all() or (first[0] == ~half).all()


def test_stability_is_that_of_the_worst_answer(games):
    """A sum is settled soon; that it is explained beside a game without any structure is not."""
    rough = games.random(14, n_outputs=1)

    def value(masks):
        total = masks @ np.arange(14.0)
        return np.column_stack([total, 5 * rough(masks)[:, 0], total / 2])

    def stability(columns):
        def asked(masks):
            return value(masks)[:, columns]

        return games.run(sampler(games, asked, 14, 100), asked)[0].stability

    assert stability([0]) > 0.99
    assert stability([0, 2]) > 0.99
    assert stability([0, 1]) < 0.9
