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


def threes(n_features, seed):
    """Sums of features and of what three do together, and the values: a third of it each."""
    rng = np.random.default_rng(seed)
    main, together = rng.normal(size=n_features), rng.normal(size=100)
    members = np.array([rng.choice(n_features, 3, replace=False) for _ in together])
    truth = main.copy()
    np.add.at(truth, members, together[:, None] / 3)
    return lambda masks: (masks @ main + masks[:, members].all(axis=2) @ together)[:, None], truth


@pytest.mark.parametrize("game_seed", range(3))
def test_what_a_picture_usually_gets_has_errors_that_hold(games, game_seed):
    """Two pairs for 49 patches: 1.96 standard errors hold about 95 % of the true values, and none is next to 0."""
    value, truth = threes(49, game_seed)
    held = []
    for seed in range(60):
        estimate, asked = games.run(sampler(games, value, 49, 260, seed), value)
        assert asked == 2 * pair_evaluations(49)
        assert estimate.errors.min() > 0.3 * np.median(estimate.errors)
        held.append(np.abs(estimate.values[:, 0] - truth) <= 1.96 * estimate.errors[:, 0])
    assert 0.93 < np.mean(held) < 0.99


def test_with_many_pairs_each_feature_has_its_own_error(games):
    """A feature that is free of interactions borrows errors from the others after two pairs, hardly after 400."""

    def value(masks):
        together = masks[:, [[0, 1, 2], [2, 3, 4], [0, 3, 4]]].all(axis=2).sum(axis=1)
        return (together + masks @ np.arange(12.0))[:, None]

    few, _ = games.run(sampler(games, value, 12, 2 + 2 * 22), value)
    many, _ = games.run(sampler(games, value, 12, 2 + 400 * 22), value)
    assert few.errors[11] > 0.5 * few.errors[:5].mean()
    assert many.errors[11] < 0.12 * many.errors[:5].mean()


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_only_exact_values_have_no_error(games, level):
    """Pairs that agree to the last bit leave that bit in doubt, of a model that never moves too."""

    def value(masks):
        return np.full((len(masks), 1), level)

    estimate, _ = games.run(sampler(games, value, 12, 50), value)
    assert (estimate.errors > 0).all()
    assert estimate.errors.max() < 1e-6


def test_stability_is_that_of_the_worst_answer(games):
    """The first output is a sum, the second is not: neither it nor why the first and not it is settled."""
    rough = games.random(12, n_outputs=1)

    def value(masks):
        total = masks @ np.arange(12.0)
        return np.column_stack([total, 20 * rough(masks)[:, 0], total / 2])

    def stability(columns):
        def asked(masks):
            return value(masks)[:, columns]

        return games.run(sampler(games, asked, 12, 50), asked)[0].stability

    assert stability([0, 2]) == pytest.approx(1.0)
    assert stability([0, 1]) < 0.9
    assert stability([0, 2, 1]) < 0.9
