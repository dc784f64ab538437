"""How well an order of candidates agrees with the truth, and how well it possibly can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, weightedtau

__all__ = ["Agreement", "agreement", "mean_interval", "noise_ceiling", "paired_interval"]

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
        A metric (M,), larger is better.
    values
        What orders the candidates (M,), larger is better; ties are broken against us, NaN stands last.
    """
    filled = np.nan_to_num(values, nan=-np.inf)
    # Of tied candidates the truly worse one is taken first: an undecided order earns nothing.
    order = np.lexsort([truth, -filled])
    places = np.unique(filled, return_inverse=True)[1]
    return Agreement(
        weighted_tau=float(weightedtau(truth, places).statistic),
        tau=float(kendalltau(truth, places).statistic),
        regret_1=float(100 * (truth.max() - truth[order[0]])),
        regret_3=float(100 * (truth.max() - truth[order[:3]].max())),
        top_3=float(truth[order[:3]].max() == truth.max()),
    )


def noise_ceiling(per_seed: NDArray[np.float64]) -> float:
    """Return the mean weighted tau between the mean of the other seeds and each seed of the truth (S, M).

    One seed ordered by itself is what a perfect but equally noisy order would reach. NaN with fewer than two
    seeds.
    """
    if len(per_seed) < 2:
        return float("nan")
    taus = [
        weightedtau(np.delete(per_seed, seed, axis=0).mean(axis=0), per_seed[seed]).statistic
        for seed in range(len(per_seed))
    ]
    return float(np.mean(taus))


def seed_agreement(per_seed: NDArray[np.float64]) -> float:
    """Return the mean weighted tau over all pairs of seeds of the truth (S, M); NaN with fewer than two."""
    pairs = [weightedtau(per_seed[a], per_seed[b]).statistic for a, b in combinations(range(len(per_seed)), 2)]
    return float(np.mean(pairs)) if pairs else float("nan")


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
