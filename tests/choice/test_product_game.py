"""Exact Shapley values of sums of products, against enumeration of all coalitions."""

import itertools
import math

import numpy as np
import pytest

from automl_tl.choice.product_game import Terms, shapley_values


def enumerated(terms, active, one, background, strategy):
    """Brute force over 2^F coalitions with the completion rule written out; donors enter by their mean."""
    count = active.shape[1]
    has = [[row for row in background if active[row, g]] for g in range(count)]

    def value(row, g):
        return terms.values[row, g] if active[row, g] else terms.absent[g]

    def mixture(inside, other):
        owner = one if strategy >= 0 and strategy in inside else other
        product = np.ones(len(terms.weights))
        for g in range(count):
            if not active[owner if strategy >= 0 else one, g]:
                product = product * terms.absent[g]
            elif g in inside and active[one, g]:
                product = product * value(one, g)
            elif active[other, g]:
                product = product * value(other, g)
            else:
                product = product * (
                    np.mean([value(row, g) for row in has[g]], axis=0) if has[g] else terms.absent[g]
                )
        return product @ terms.weights

    worth = {
        inside: np.mean([mixture(inside, other) for other in background])
        for size in range(count + 1)
        for inside in itertools.combinations(range(count), size)
    }
    shares = np.zeros(count)
    for g, (inside, before) in itertools.product(range(count), worth.items()):
        if g not in inside:
            weight = math.factorial(len(inside)) * math.factorial(count - len(inside) - 1) / math.factorial(count)
            shares[g] += weight * (worth[tuple(sorted((*inside, g)))] - before)
    return shares


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("strategy", [-1, 1])
def test_the_integral_is_the_sum_over_all_coalitions(seed, strategy):
    """Six factors, of which two or three are conditional: equal to 1e-12, and the shares add up."""
    rng = np.random.default_rng(seed)
    terms = Terms(rng.normal(size=9), rng.uniform(0, 1, (8, 6, 9)), rng.uniform(0, 1, (6, 9)))
    active = np.ones((8, 6), dtype=bool)
    if strategy >= 0:
        kinds = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 1], [1, 1, 1, 1, 0, 0]], dtype=bool)
        active = kinds[rng.integers(0, 3, 8)]
    background = [0, 2, 3, 5, 6]
    found, base = shapley_values(terms, active, [1, 4, 7], background, strategy)
    for row, one in enumerate([1, 4, 7]):
        assert np.allclose(found[row], enumerated(terms, active, one, background, strategy), atol=1e-12)
        own = np.where(active[one][:, None], terms.values[one], terms.absent)
        assert found[row].sum() + base == pytest.approx(float(np.prod(own, axis=0) @ terms.weights), abs=1e-12)


def test_a_setting_that_the_explained_configuration_lacks_gets_no_credit():
    """A linear probe's learning rate is 0, exactly."""
    rng = np.random.default_rng(3)
    terms = Terms(rng.normal(size=5), rng.uniform(0, 1, (4, 3, 5)), rng.uniform(0, 1, (3, 5)))
    active = np.array([[1, 1, 0], [1, 1, 1], [1, 1, 1], [1, 1, 0]], dtype=bool)
    found, _ = shapley_values(terms, active, [0], [1, 2, 3], 1)
    assert found[0, 2] == 0.0
