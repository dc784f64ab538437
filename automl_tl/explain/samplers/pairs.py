"""Shapley values from pairs of complementary coalitions, by a Gaussian process over games.

Half the difference of a pair, (v(S) - v(N \\ S)) / 2, holds every interaction of odd order and none of even order.
A regression on single features, which is what KernelSHAP is, takes all that is not additive for noise. Words lean
on each other in threes and fives, though, and what three words do together shows in every coalition of theirs. So
the prior is a sum of independent games: an additive one, one for each higher odd order, and one without any
structure. How much there is of each is chosen by the likelihood of the outputs themselves. Values are a linear
functional of the game, so their posterior mean and its error come in closed form (Bayesian quadrature: O'Hagan,
J. Statistical Planning and Inference 29, 1991; games by order of interaction: Grabisch, Marichal, Roubens,
Mathematics of Operations Research 25, 2000).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular

__all__ = ["Solved", "exact_values", "values_of_pairs"]

_ORDERS = (1, 3, 5, 7, 9)
_INTERACTIONS = (0.0, 0.03, 0.1, 0.3, 1.0)
_DECAYS = (0.3, 0.8)
_UNSTRUCTURED = (1e-8, 3e-3, 3e-2, 0.3, 3.0, 30.0)
_CERTAIN = 1e-10
"""Variance of the ends, which are known."""
_CHOSEN_ON = 128
"""Pairs that are enough for choosing the prior."""


@dataclass(frozen=True)
class Solved:
    """Values (F, K) that add up exactly, and their standard errors (F, K).

    ``contrast_errors`` (F,) are those of the first output's values less the second's; of the first where K = 1.
    """

    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    contrast_errors: NDArray[np.float64]


@dataclass(frozen=True)
class _Prior:
    """Variance of each order's game, and of the unstructured one; the additive one has 1."""

    orders: tuple[float, ...]
    unstructured: float


@dataclass(frozen=True)
class _Part:
    """One game's covariances: between coalitions (M, M), of values and coalitions (F, M), and a value's own."""

    between: NDArray[np.float64]
    across: NDArray[np.float64]
    own: float


def values_of_pairs(
    signs: NDArray[np.float64], differences: NDArray[np.float64], total: NDArray[np.float64]
) -> Solved:
    """Return the values of the game whose pairs are known.

    Parameters
    ----------
    signs
        float64 (M, F): 1 for features that are shown, -1 for those hidden, in one coalition of each pair.
    differences
        float64 (M, K): outputs of that coalition minus those of its complement.
    total
        float64 (K,): outputs with everything shown minus those with everything hidden; values add up to it.
    """
    n_features = signs.shape[1]
    rows = np.concatenate([np.ones((1, n_features)), signs])
    known = np.concatenate([total[None], differences]) / 2
    few = min(len(rows), _CHOSEN_ON)
    prior = _likeliest(_parts(rows[:few]), known[:few])
    parts = _parts(rows)
    between, across, own = _mixed(prior, parts)
    factor = cholesky(between, lower=True, check_finite=False)
    values = across @ cho_solve((factor, True), known, check_finite=False)
    explained = solve_triangular(factor, across.T, lower=True, check_finite=False)
    whitened = solve_triangular(factor, known, lower=True, check_finite=False)
    scale = (whitened**2).mean(axis=0)
    contrast = ((whitened[:, 0] - whitened[:, 1]) ** 2).mean() if known.shape[1] > 1 else scale[0]
    spread = np.maximum(own - (explained**2).sum(axis=0), 0.0)
    values += (total - values.sum(axis=0)) / n_features
    return Solved(values, np.sqrt(spread[:, None] * scale), np.sqrt(spread * contrast))


def exact_values(
    signs: NDArray[np.float64], differences: NDArray[np.float64], total: NDArray[np.float64]
) -> Solved:
    """Return the values of a game of which all pairs are known, once each; arguments as above."""
    rows = np.concatenate([np.ones((1, signs.shape[1])), signs])
    values = _weights(rows) @ (np.concatenate([total[None], differences]) / 2)
    values += (total - values.sum(axis=0)) / signs.shape[1]
    return Solved(values, np.zeros_like(values), np.zeros(len(values)))


def _likeliest(parts: Sequence[_Part], known: NDArray[np.float64]) -> _Prior:
    """Return the prior under which these outputs (M, K) are likeliest, its scale being free for each output."""
    best, likeliest = -math.inf, _Prior((), _UNSTRUCTURED[-1])
    for strength, decay in product(_INTERACTIONS, _DECAYS):
        if not strength and decay != _DECAYS[0]:
            continue
        orders = tuple(strength * decay**step for step in range(len(parts) - 2))
        # What has no structure adds to every eigenvalue alike: one decomposition serves all amounts of it.
        spectrum, basis = np.linalg.eigh(_mixed(_Prior(orders, 0.0), parts)[0])
        energy = (basis.T @ known) ** 2
        for unstructured in _UNSTRUCTURED:
            variances = np.maximum(spectrum, 0.0) + unstructured
            scale = (energy / variances[:, None]).mean(axis=0)
            likelihood = -float(len(known) * np.log(np.maximum(scale, 1e-300)).mean()) / 2
            likelihood -= float(np.log(variances).sum()) / 2
            if likelihood > best:
                best, likeliest = likelihood, _Prior(orders, unstructured)
    return likeliest


def _mixed(prior: _Prior, parts: Sequence[_Part]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the covariances of the sum of all games."""
    shares = (1.0, *prior.orders, prior.unstructured)
    between = sum(share * part.between for share, part in zip(shares, parts, strict=True) if share)
    across = sum(share * part.across for share, part in zip(shares, parts, strict=True) if share)
    own = sum(share * part.own for share, part in zip(shares, parts, strict=True))
    assert isinstance(between, np.ndarray)
    assert isinstance(across, np.ndarray)
    between[np.diag_indices(len(between))] += _CERTAIN
    return between, across, own


def _parts(rows: NDArray[np.float64]) -> list[_Part]:
    """Return the additive game, one for each higher odd order, and the unstructured one."""
    n_features = rows.shape[1]
    apart = np.rint((n_features - rows @ rows.T) / 2).astype(np.int64)
    hidden = (rows < 0).sum(axis=1)
    found = []
    for order in _ORDERS:
        if order > n_features:
            break
        table = _products(n_features, order) / math.comb(n_features, order)
        others = _products(n_features - 1, order - 1) / math.comb(n_features, order)
        # Without the feature itself: one hidden feature fewer where it is hidden.
        without = hidden[None, :] - (rows < 0).T
        across = 2 / order * rows.T * others[without]
        found.append(_Part(table[apart], across, 4 / (order * n_features)))
    own = 4 * sum(1 / math.comb(n_features - 1, size) for size in range(n_features)) / n_features**2
    return [*found, _Part(np.eye(len(rows)), _weights(rows), own)]


@cache
def _products(n_features: int, order: int) -> NDArray[np.float64]:
    """Return, by how many of ``n_features`` signs are -1, the sum of all products of ``order`` of them."""
    return np.array(
        [
            sum(
                (-1) ** j * math.comb(minus, j) * math.comb(n_features - minus, order - j)
                for j in range(order + 1)
            )
            for minus in range(n_features + 1)
        ],
        dtype=np.float64,
    )


def _weights(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return by how much (F, M) each feature's value rises with half the difference of each pair."""
    n_features = rows.shape[1]
    chance = np.array([1 / (n_features * math.comb(n_features - 1, size)) for size in range(n_features)])
    shown = (rows > 0).sum(axis=1)
    with_it = 2 * chance[np.maximum(shown - 1, 0)]
    without = -2 * chance[np.minimum(shown, n_features - 1)]
    return np.where(rows.T > 0, with_it, without)
