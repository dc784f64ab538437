"""Shapley values against brute force, additivity and reproducibility."""

import itertools
import math

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.explain.sampler import minimum_evaluations, needed_evaluations, shapley_values


def random_game(n_features, n_outputs=2, seed=0):
    """A game with interactions of every order: a random table over all coalitions."""
    table = np.random.default_rng(seed).normal(size=(2**n_features, n_outputs))
    weights = 2 ** np.arange(n_features)
    return lambda masks: table[masks.astype(np.int64) @ weights]


def brute_force(value, n_features):
    """Equation 4 of Lundberg & Lee (2017), summed over all coalitions."""
    phi = 0.0
    rows = []
    for feature in range(n_features):
        others = [f for f in range(n_features) if f != feature]
        phi = 0.0
        for size in range(n_features):
            weight = math.factorial(size) * math.factorial(n_features - size - 1) / math.factorial(n_features)
            for coalition in itertools.combinations(others, size):
                mask = np.zeros(n_features, dtype=bool)
                mask[list(coalition)] = True
                with_feature = mask.copy()
                with_feature[feature] = True
                phi = phi + weight * (value(with_feature[None])[0] - value(mask[None])[0])
        rows.append(phi)
    return np.array(rows)


@pytest.mark.parametrize("method", ["kernel", "permutation"])
@pytest.mark.parametrize("n_features", [1, 2, 3, 5, 8])
def test_few_features_are_exact(n_features, method):
    """Up to eight features every coalition is used, whatever the budget says."""
    value = random_game(n_features, seed=n_features)
    values = shapley_values(value, n_features, max_evals=1, method=method)
    assert np.allclose(values, brute_force(value, n_features), atol=1e-6)


@pytest.mark.parametrize("method", ["kernel", "permutation"])
def test_many_features_are_additive_and_near_the_truth(method):
    """A game with pairwise interactions: the closed form is each main effect plus half of its pairs."""
    n_features = 20
    rng = np.random.default_rng(1)
    main, pairs = rng.normal(size=n_features), np.triu(rng.normal(size=(n_features, n_features)), 1) * 0.3

    def value(masks):
        z = masks.astype(float)
        return np.stack([z @ main + np.einsum("bi,ij,bj->b", z, pairs, z), -(z @ main)], axis=1)

    values = shapley_values(value, n_features, max_evals=400, method=method, seed=3)
    truth = main + 0.5 * (pairs.sum(0) + pairs.sum(1))
    ends = value(np.array([[False] * n_features, [True] * n_features]))
    assert np.allclose(values.sum(axis=0), ends[1] - ends[0], atol=1e-9)
    assert np.corrcoef(values[:, 0], truth)[0, 1] > 0.99
    assert np.allclose(values[:, 1], -main, atol=1e-6)


def test_same_seed_same_values_and_numpy_state_is_left_alone():
    """shap draws from numpy's global generator; the caller never notices."""
    value = random_game(10)
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    first = shapley_values(value, 10, max_evals=60, method="permutation", seed=1)
    assert np.random.rand() == expected
    assert np.array_equal(first, shapley_values(value, 10, max_evals=60, method="permutation", seed=1))
    assert not np.array_equal(first, shapley_values(value, 10, max_evals=60, method="permutation", seed=2))


def test_no_features_give_no_values():
    """An empty text has nothing to attribute."""
    assert shapley_values(lambda masks: np.zeros((len(masks), 2)), 0, max_evals=10).shape == (0, 2)


def test_budgets_name_their_rule():
    """Exact below nine features, two antithetic pairs for patches, max(100, 4F) for words."""
    assert (minimum_evaluations(8), minimum_evaluations(9)) == (256, 19)
    assert needed_evaluations(64, "permutation") == 258
    assert (needed_evaluations(10, "kernel"), needed_evaluations(60, "kernel")) == (100, 240)
    with pytest.raises(InvalidInput, match="'magic'"):
        shapley_values(random_game(2), 2, max_evals=9, method="magic")


def test_it_prints_nothing(capfd):
    """shap's progress bars stay silent."""
    shapley_values(random_game(10), 10, max_evals=60, method="permutation")
    shapley_values(random_game(10), 10, max_evals=60, method="kernel")
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
