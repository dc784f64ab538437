"""Games whose Shapley values are known, and how to run a sampler on them."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest


def random_game(n_features, n_outputs=2, seed=0):
    """A game with interactions of every order: a random table over all coalitions."""
    table = np.random.default_rng(seed).normal(size=(2**n_features, n_outputs))
    weights = 2 ** np.arange(n_features)
    return lambda masks: table[masks.astype(np.int64) @ weights]


def brute_force(value, n_features):
    """Equation 4 of Lundberg & Lee (2017), summed over all coalitions."""
    rows = []
    for feature in range(n_features):
        others = [f for f in range(n_features) if f != feature]
        total = 0.0
        for size in range(n_features):
            weight = math.factorial(size) * math.factorial(n_features - size - 1) / math.factorial(n_features)
            for coalition in itertools.combinations(others, size):
                mask = np.zeros(n_features, dtype=bool)
                mask[list(coalition)] = True
                with_feature = mask.copy()
                with_feature[feature] = True
                total = total + weight * (value(with_feature[None])[0] - value(mask[None])[0])
        rows.append(total)
    return np.array(rows)


def pairwise_game(n_features, seed=1):
    """A game with pairwise interactions, and its values: each main effect plus half of its pairs."""
    rng = np.random.default_rng(seed)
    main, pairs = rng.normal(size=n_features), np.triu(rng.normal(size=(n_features, n_features)), 1) * 0.3

    def value(masks):
        z = masks.astype(float)
        return np.stack([z @ main + np.einsum("bi,ij,bj->b", z, pairs, z), -(z @ main)], axis=1)

    return value, np.stack([main + 0.5 * (pairs.sum(0) + pairs.sum(1)), -main], axis=1)


def ends_of(value, n_features):
    return value(np.array([[False] * n_features, [True] * n_features]))


def run(sampler, value):
    """Ask and tell until the sampler is done; returns the estimate and the number of coalitions."""
    asked = 0
    while (masks := sampler.ask()) is not None:
        asked += len(masks)
        sampler.tell(value(masks))
    return sampler.estimate(), asked


@pytest.fixture
def games():
    """The functions of this file."""
    return SimpleNamespace(
        random=random_game, brute_force=brute_force, pairwise=pairwise_game, ends=ends_of, run=run
    )
