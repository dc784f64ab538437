"""Values from pairs: exact where pairs say everything, near where games are like the prior, honest in between."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.explain.samplers.exact import shapley_of_table
from automl_tl.explain.samplers.pairs import exact_values, values_of_pairs


def table_of(n_features, orders, seed):
    """Return the outputs (2^F, 1) of a random game with interactions of these orders and variances."""
    generator = np.random.default_rng(seed)
    numbers = np.arange(2**n_features)
    signs = np.where((numbers[:, None] >> np.arange(n_features)) % 2 == 1, 1.0, -1.0)
    table = np.zeros(2**n_features)
    for mask in range(1, 2**n_features):
        order = mask.bit_count()
        if order in orders:
            inside = [i for i in range(n_features) if mask >> i & 1]
            size = len([m for m in range(2**n_features) if m.bit_count() == order])
            table += generator.normal(0, np.sqrt(orders[order] / size)) * signs[:, inside].prod(axis=1)
    return table[:, None], signs


def pairs_of(table, signs, rows):
    return signs[rows], table[rows] - table[len(table) - 1 - rows], table[-1] - table[0]


@pytest.mark.parametrize("n_features", [2, 5, 8])
def test_all_pairs_are_exact(n_features):
    """Half of the coalitions and their complements are the whole game."""
    table, signs = table_of(n_features, dict.fromkeys(range(n_features + 1), 1.0), n_features)
    rows = np.arange(2 ** (n_features - 1), 2**n_features - 1)
    found = exact_values(*pairs_of(table, signs, rows))
    assert np.allclose(found.values, shapley_of_table(table, n_features), atol=1e-12)
    assert not found.errors.any()


@given(st.integers(3, 9), st.integers(0, 2**20))
def test_values_always_add_up(n_features, seed):
    """With any pairs of any game."""
    generator = np.random.default_rng(seed)
    table = generator.normal(size=(2**n_features, 2))
    numbers = np.arange(2**n_features)
    signs = np.where((numbers[:, None] >> np.arange(n_features)) % 2 == 1, 1.0, -1.0)
    half = np.arange(2 ** (n_features - 1), 2**n_features - 1)
    rows = generator.choice(half, min(len(half), 6), replace=False)
    found = values_of_pairs(*pairs_of(table, signs, rows))
    assert np.allclose(found.values.sum(axis=0), table[-1] - table[0], atol=1e-10)
    assert (found.errors >= 0).all()
    assert np.isfinite(found.errors).all()


def test_interactions_of_three_are_learnt():
    """A regression that takes them for noise is twice as far from the truth."""
    ours, plain = [], []
    for seed in range(12):
        table, signs = table_of(9, {1: 1.0, 2: 0.5, 3: 0.4}, seed)
        truth = shapley_of_table(table, 9)
        half = np.arange(2**8, 2**9 - 1)
        rows = np.random.default_rng(seed).choice(half, 100, replace=False)
        found = values_of_pairs(*pairs_of(table, signs, rows))
        chosen, differences, _ = pairs_of(table, signs, rows)
        rough = np.linalg.lstsq(chosen, differences, rcond=None)[0]
        ours.append(np.sqrt(np.mean((found.values - truth) ** 2)))
        plain.append(np.sqrt(np.mean((rough - truth) ** 2)))
    assert np.mean(ours) < 0.6 * np.mean(plain)


def test_errors_are_as_large_as_the_distance_to_the_truth():
    """For games with and without structure."""
    for orders in ({1: 1.0, 3: 0.3}, {1: 1.0, 2: 1.0, 3: 0.2, 5: 0.1}, dict.fromkeys(range(10), 1.0)):
        ratios = []
        for seed in range(12):
            table, signs = table_of(9, orders, seed)
            rows = np.random.default_rng(seed).choice(np.arange(2**8, 2**9 - 1), 40, replace=False)
            found = values_of_pairs(*pairs_of(table, signs, rows))
            ratios.append((found.values - shapley_of_table(table, 9)) / found.errors)
        assert 0.6 < np.sqrt(np.mean(np.square(ratios))) < 1.5


def test_a_game_that_adds_up_is_known_for_certain():
    """Errors vanish with the last interaction."""
    table, signs = table_of(8, {1: 1.0, 2: 3.0}, 1)
    rows = np.random.default_rng(0).choice(np.arange(2**7, 2**8 - 1), 20, replace=False)
    found = values_of_pairs(*pairs_of(table, signs, rows))
    assert np.allclose(found.values, shapley_of_table(table, 8), atol=1e-6)
    assert found.errors.max() < 1e-3


def test_a_constant_game_has_no_values():
    """And no errors either."""
    signs = np.where(np.random.default_rng(0).random((10, 12)) < 0.5, 1.0, -1.0)
    found = values_of_pairs(signs, np.zeros((10, 2)), np.zeros(2))
    assert not found.values.any()
    assert not found.errors.any()


@pytest.mark.parametrize(("factor", "times"), [(1.0, 0.0), (-1.0, 2.0), (0.5, 0.5)])
def test_errors_of_the_contrast_are_those_of_the_difference(factor, times):
    """Of an answer and the same times a factor."""
    table, signs = table_of(9, {1: 1.0, 3: 0.5}, 4)
    rows = np.arange(300, 340)
    found = values_of_pairs(*pairs_of(np.column_stack([table, factor * table]), signs, rows))
    assert found.errors.min() > 1e-3
    assert np.allclose(found.contrast_errors, times * found.errors[:, 0], atol=1e-12)
