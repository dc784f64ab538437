"""Exact Shapley values of functions that are sums of products over factors, without going through 2^F coalitions.

A Gaussian process with a product kernel is such a sum over its training points, a tree is one over its leaves.
For a product game the multilinear extension (Owen, Multilinear extensions of games, Management Science 18, 1972)
is F(t) = prod_g (t_g a_g + (1 - t_g) b_g), and the Shapley value of g is the integral of dF/dt_g along the
diagonal, a polynomial that Gauss-Legendre quadrature with enough nodes integrates exactly.

Settings that only some strategies have
---------------------------------------
A coalition takes its settings from the explained configuration and all others from a background one. Mixing them
blindly would evaluate a linear probe with a learning rate. Here every mixture is completed to a valid one: its
strategy says which hyperparameters it has; one that it lacks has no effect; one that it has comes from the
explained configuration if it is in the coalition and defined there, else from the background one if it is defined
there, else from the background's average over configurations that have it. Whoever sets a hyperparameter that the
explained configuration lacks gets no credit for it. With the strategy from either side the mixture is a product
again, so that the game is the sum of two product games and the integral stays exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Terms", "shapley_values"]

Floats = NDArray[np.float64]
_CELLS = 4_000_000


@dataclass(frozen=True)
class Terms:
    """A function f(z) = sum_t weights[t] * prod_g value_g(z, t) on some configurations.

    Attributes
    ----------
    weights
        float64 (T,).
    values
        float64 (N, F, T): the value of each factor of each configuration in each term.
    absent
        float64 (F, T): the value of a factor that a configuration has not.
    """

    weights: Floats
    values: Floats
    absent: Floats


def shapley_values(
    terms: Terms,
    active: NDArray[np.bool_],
    explained: list[int],
    background: list[int],
    strategy: int,
    check: Callable[[], None] = lambda: None,
) -> tuple[Floats, float]:
    """Return the Shapley values (len(explained), F) and the base: f's mean over the background.

    Parameters
    ----------
    terms
        The function on N configurations.
    active
        bool (N, F): which factors each configuration has.
    explained, background
        Places of configurations.
    strategy
        Which factor decides what a configuration has; -1 if all have the same.
    check
        Called before every configuration; what it raises ends the work.
    """
    filled = np.where(active[:, :, None], terms.values, terms.absent[None])
    donors = _donors(filled, active, background, terms.absent)
    nodes, weights = np.polynomial.legendre.leggauss(active.shape[1] // 2 + 1)
    nodes, weights = (nodes + 1) / 2, weights / 2
    base = float(np.mean(np.prod(filled[background], axis=1) @ terms.weights))
    found = np.zeros((len(explained), active.shape[1]))
    size = max(1, _CELLS // max(active.shape[1] * len(terms.weights), 1))
    for row, one in enumerate(explained):
        check()
        for start in range(0, len(background), size):
            others = background[start : start + size]
            found[row] += _against(filled, active, donors, terms, one, others, strategy, nodes, weights)
    return found / len(background), base


def _donors(filled: Floats, active: NDArray[np.bool_], background: list[int], absent: Floats) -> Floats:
    """Return the background's mean of each factor's values (F, T) over the configurations that have it."""
    has = active[background].astype(np.float64)
    counts = has.sum(axis=0)
    sums = np.einsum("bf,bft->ft", has, filled[background])
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], absent)


def _against(
    filled: Floats,
    active: NDArray[np.bool_],
    donors: Floats,
    terms: Terms,
    one: int,
    others: list[int],
    strategy: int,
    nodes: Floats,
    weights: Floats,
) -> Floats:
    """Return the Shapley values (F,) against some background configurations, summed over them."""
    ours, theirs = filled[one][None], filled[others]
    mine, have = active[one][None, :, None], active[others][:, :, None]
    given = np.where(have, theirs, donors[None])
    # With our strategy: what it lacks is absent on both sides.
    with_ours = np.where(mine, ours, terms.absent[None]), np.where(mine, given, terms.absent[None])
    # With theirs: what ours lacks cannot be handed over, so that it stays theirs.
    with_theirs = np.where(have & mine, ours, theirs), theirs
    first = ours[:, strategy] if strategy >= 0 else np.ones((1, 1))
    second = theirs[:, strategy] if strategy >= 0 else np.ones((len(others), 1))
    shares = np.zeros(active.shape[1])
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        total_ours, slopes_ours = _product(*with_ours, node, strategy)
        total_theirs, slopes_theirs = _product(*with_theirs, node, strategy)
        slopes = node * first[:, None] * slopes_ours + (1 - node) * second[:, None] * slopes_theirs
        if strategy >= 0:
            slopes[:, strategy] = first * total_ours - second * total_theirs
        shares += weight * np.einsum("bft,t->f", slopes, terms.weights)
    return shares


def _product(a: Floats, b: Floats, node: float, strategy: int) -> tuple[Floats, Floats]:
    """Return prod_g (node a_g + (1 - node) b_g) without the strategy, (B, T), and its slopes (B, F, T)."""
    mixed = node * a + (1 - node) * b
    if strategy >= 0:
        mixed[:, strategy] = 1.0
    before, after = np.ones_like(mixed), np.ones_like(mixed)
    np.cumprod(mixed[:, :-1], axis=1, out=before[:, 1:])
    after[:, :-1] = np.cumprod(mixed[:, :0:-1], axis=1)[:, ::-1]
    return before[:, -1] * mixed[:, -1], (a - b) * before * after
