"""How well an order of candidates agrees with the truth, and how well it possibly can."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, weightedtau

__all__ = ["Agreement", "agreement", "mean_interval", "noise_ceiling", "paired_interval", "random_agreement"]

_RESAMPLES = 2000


@dataclass(frozen=True)
class Agreement:
    """How one order agrees with the truth.

    ``weighted_tau`` and ``tau`` lie in [-1, 1]; ``regret_1`` and ``regret_3`` are points lost when the first
    model, or the best of the first three, is taken instead of the truly best; ``top_3`` says whether that one is
    among the three.
    """

    weighted_tau: float
    tau: float
    regret_1: float
    regret_3: float
    top_3: float


def agreement(truth: NDArray[np.float64], values: NDArray[np.float64]) -> Agreement:
    """Compare an order with the truth.

    Weighted tau weights exchanges by the additive hyperbolic rule, averaged over both orders' ranks: Vigna, A
    Weighted Correlation Index for Rankings with Ties, WWW 2015, section 5.

    Parameters
    ----------
    truth
        A metric (M,) in [0, 1], larger is better.
    values
        What orders the candidates (M,), larger is better; ties are broken against us, NaN stands last.
    """
    filled = np.where(np.isnan(values), -np.inf, values)
    # Of tied candidates the truly worse one is taken first: an undecided order earns nothing.
    order = np.lexsort([truth, -filled])
    places = np.unique(filled, return_inverse=True)[1]
    return Agreement(
        weighted_tau=_correlation(weightedtau, truth, places),
        tau=_correlation(kendalltau, truth, places),
        regret_1=float(100 * (truth.max() - truth[order[0]])),
        regret_3=float(100 * (truth.max() - truth[order[:3]].max())),
        top_3=float(truth[order[:3]].max() == truth.max()),
    )


def random_agreement(truth: NDArray[np.float64]) -> Agreement:
    """Return the expectation of :func:`agreement` over all orders of the candidates (M,).

    Exact, but for weighted tau where truly equal candidates are ranked by the other order: a few hundredths more.
    """
    from_best = np.sort(truth)[::-1]
    first, first_3 = (_expected_best(from_best, taken) for taken in (1, 3))
    places_of_best = int((from_best == from_best[0]).sum())
    missed = math.comb(len(truth) - places_of_best, min(3, len(truth))) / math.comb(len(truth), min(3, len(truth)))
    return Agreement(0.0, 0.0, 100 * (from_best[0] - first), 100 * (from_best[0] - first_3), 1.0 - missed)


def noise_ceiling(per_seed: NDArray[np.float64]) -> float:
    """Return the mean weighted tau between each seed of the truth (S, M) and the mean of the other seeds.

    One seed that orders the candidates by itself is what a perfect but equally noisy order would reach. NaN with
    fewer than two seeds.
    """
    if len(per_seed) < 2:
        return math.nan
    others = [np.delete(per_seed, seed, axis=0).mean(axis=0) for seed in range(len(per_seed))]
    pairs = zip(others, per_seed, strict=True)
    return float(np.mean([_correlation(weightedtau, mean, one) for mean, one in pairs]))


def mean_interval(values: Sequence[float], *, seed: int = 0) -> tuple[float, float, float]:
    """Return the mean over data sets with its 95 % percentile-bootstrap interval."""
    return _interval(np.asarray(values, dtype=np.float64), seed)


def paired_interval(
    ours: Mapping[str, float], other: Mapping[str, float], *, seed: int = 0
) -> tuple[float, float, float]:
    """Return the mean of (ours - other) over data sets with its 95 % paired-bootstrap interval."""
    return _interval(np.array([ours[data] - other[data] for data in ours]), seed)


def _interval(values: NDArray[np.float64], seed: int) -> tuple[float, float, float]:
    rng = np.random.default_rng(seed)
    means = values[rng.integers(len(values), size=(_RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def _correlation(of: Callable[..., Any], x: NDArray[Any], y: NDArray[Any]) -> float:
    """Return a rank correlation; 0 where one side holds all candidates for equal, so that there is no order."""
    if (x == x[0]).all() or (y == y[0]).all():
        return 0.0
    return float(of(x, y).statistic)


def _expected_best(from_best: NDArray[np.float64], taken: int) -> float:
    """Return the expected best of ``taken`` candidates drawn without replacement."""
    count = len(from_best)
    taken = min(taken, count)
    chances = [math.comb(count - 1 - place, taken - 1) / math.comb(count, taken) for place in range(count)]
    return float(np.dot(chances, from_best))
