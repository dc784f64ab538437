"""Intervals that hold for small groups, as arrays, and how small a gap a group can show."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from automl_tl.fairness.base import Difference, Rate

__all__ = [
    "clustered_bounds",
    "holm",
    "newcombe",
    "newcombe_bounds",
    "normal_quantile",
    "rate",
    "ratio_bounds",
    "wilson_bounds",
]

Floats = NDArray[np.float64]


def normal_quantile(probability: float) -> float:
    """Return z with P(Z <= z) = probability for a standard normal Z."""
    return NormalDist().inv_cdf(probability)


def wilson_bounds(numerators: ArrayLike, denominators: ArrayLike, alpha: float = 0.05) -> tuple[Floats, Floats]:
    """Return Wilson's score bounds of shares; 0 to 1, that is no knowledge, where the denominator is 0.

    Wilson 1927, JASA 22, p. 209; Brown, Cai, DasGupta 2001, equation 4.
    """
    x, n = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    z = normal_quantile(1 - alpha / 2)
    some = np.maximum(n, 1.0)
    share = x / some
    shrink = 1 + z * z / some
    centre = (share + z * z / (2 * some)) / shrink
    half = z / shrink * np.sqrt(share * (1 - share) / some + (z / (2 * some)) ** 2)
    low = np.where(n > 0, np.clip(np.minimum(centre - half, share), 0.0, 1.0), 0.0)
    high = np.where(n > 0, np.clip(np.maximum(centre + half, share), 0.0, 1.0), 1.0)
    return low, high


def clustered_bounds(hits: ArrayLike, alpha: float = 0.05) -> tuple[float, float]:
    """Return Wilson's bounds of the share of hits where the answers of one unit need not be independent.

    The share counts as one of so many independent answers as would vary like the units do: the effective sample
    size of Korn and Graubard 1998, Survey Methodology 24, p. 193, here at least the units and at most all answers.
    Units that do not differ, such as those without any hit, say nothing against counting all answers.

    Parameters
    ----------
    hits
        Bool (units, answers of each), such as sentences and the terms that fill them; at least one answer.
    """
    table = np.asarray(hits, dtype=np.float64)
    units, share = len(table), float(table.mean())
    spread = float(table.mean(axis=1).var(ddof=1)) / units if units > 1 else 1.0
    independent = min(max(share * (1 - share) / spread, units), table.size) if spread else table.size
    low, high = wilson_bounds(share * independent, independent, alpha)
    return float(low), float(high)


def newcombe_bounds(
    x_1: ArrayLike, n_1: ArrayLike, x_2: ArrayLike, n_2: ArrayLike, alpha: float = 0.05
) -> tuple[Floats, Floats, Floats]:
    """Return share 1 minus share 2 with Newcombe's hybrid score bounds; denominators must be positive.

    Newcombe 1998, Statistics in Medicine 17, p. 873, method 10.
    """
    shares = [np.asarray(x, dtype=np.float64) / np.asarray(n) for x, n in ((x_1, n_1), (x_2, n_2))]
    (low_1, high_1), (low_2, high_2) = (wilson_bounds(x, n, alpha) for x, n in ((x_1, n_1), (x_2, n_2)))
    value = shares[0] - shares[1]
    low = value - np.hypot(shares[0] - low_1, high_2 - shares[1])
    high = value + np.hypot(high_1 - shares[0], shares[1] - low_2)
    return value, np.maximum(low, -1.0), np.minimum(high, 1.0)


def newcombe(numerator_1: int, n_1: int, numerator_2: int, n_2: int, alpha: float = 0.05) -> Difference:
    """Return one difference of two shares, see :func:`newcombe_bounds`."""
    value, low, high = newcombe_bounds(numerator_1, n_1, numerator_2, n_2, alpha)
    return Difference(float(value), float(low), float(high))


def ratio_bounds(
    x_1: ArrayLike, n_1: ArrayLike, x_2: ArrayLike, n_2: ArrayLike, alpha: float | ArrayLike = 0.05
) -> tuple[Floats, Floats]:
    """Return the Miettinen-Nurminen bounds of share 1 over share 2; infinite where share 2 may be 0.

    Miettinen & Nurminen 1985, Statistics in Medicine 4, p. 213, equations 2 and 12, solved by bisection in the
    logarithm of the ratio. Denominators must be positive; 0 / 0 gives (0, infinity).
    """
    a, m, b, n = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x_1, n_1, x_2, n_2)))
    tail = np.unique(np.asarray(alpha, dtype=np.float64))
    z = np.array([normal_quantile(1 - value / 2) for value in tail])
    squared = (z[np.searchsorted(tail, np.asarray(alpha, dtype=np.float64))]) ** 2
    estimate = np.log(np.maximum(a, 0.25) / m) - np.log(np.maximum(b, 0.25) / n)
    low = _edge(a, m, b, n, squared, estimate, -1.0)
    high = _edge(a, m, b, n, squared, estimate, 1.0)
    return np.where(a > 0, np.exp(low), 0.0), np.where(b > 0, np.exp(high), np.inf)


def _edge(
    a: Floats, m: Floats, b: Floats, n: Floats, squared: Floats, estimate: Floats, side: float
) -> NDArray[np.float64]:
    """Return the logarithm of the ratio on one side of the estimate at which the score test begins to reject."""
    inner, outer = estimate.copy(), estimate + side * 40.0
    for _ in range(46):
        middle = (inner + outer) / 2
        accepted = _score(a, m, b, n, np.exp(middle)) <= squared
        inner, outer = np.where(accepted, middle, inner), np.where(accepted, outer, middle)
    return (inner + outer) / 2


def _score(a: Floats, m: Floats, b: Floats, n: Floats, ratio: Floats) -> NDArray[np.float64]:
    """Return the squared score statistic of share 1 = ratio * share 2, with its N / (N - 1)."""
    total = m + n
    middle = ratio * m + a + n + ratio * b
    root = np.sqrt(np.maximum(middle**2 - 4 * total * ratio * (a + b), 0.0))
    second = np.clip(2 * (a + b) / (middle + root), 0.0, 1.0)  # the smaller root, without cancellation
    first = np.clip(ratio * second, 0.0, 1.0)
    variance = (first * (1 - first) / m + ratio**2 * second * (1 - second) / n) * total / np.maximum(total - 1, 1)
    distance = (a / m - ratio * b / n) ** 2
    return np.where(distance == 0, 0.0, distance / np.maximum(variance, 1e-300))


def rate(numerator: int, denominator: int, *, what: str, few: int = 10, alpha: float = 0.05) -> Rate:
    """Return a share with its interval; None where nothing can be measured, never a silent zero.

    Of fewer than ``few`` rows only their number is told, not how many count. ``what`` names the rows of the
    denominator in notes, such as ``rows of class "cat"``.
    """
    if denominator == 0:
        return Rate(None, numerator, 0, None, None, f"not measurable: no {what}")
    if denominator < few:
        note = f"not shown: only {denominator} {what}, fewer than {few}"
        return Rate(None, None, denominator, None, None, note, suppressed=True)
    low, high = wilson_bounds(numerator, denominator, alpha)
    return Rate(numerator / denominator, numerator, denominator, float(low), float(high))


def holm(p_values: Sequence[float | None], weights: Sequence[float] | None = None) -> tuple[float | None, ...]:
    """Return Holm-adjusted p-values in the given order; None entries are no tests and stay None.

    ``weights`` (positive) say how the error budget is shared where tests matter unequally; equal by default.
    Holm 1979, Scandinavian Journal of Statistics 6, p. 65, section 4 for weights.
    """
    shares = weights if weights is not None else [1.0] * len(p_values)
    tested = sorted((p / shares[i], i, p) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    running, left = 0.0, float(sum(shares[i] for _, i, _ in tested))
    for scaled, position, p in tested:
        # The least favoured tests come last; rounding must not put an adjusted value below the raw one.
        running = max(running, min(1.0, max(scaled * left, p)))
        adjusted[position] = running
        left -= shares[position]
    return tuple(adjusted)
