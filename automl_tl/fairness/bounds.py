"""Intervals that hold for small groups, and how small a gap a group can show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from automl_tl.fairness.base import Difference, Rate

__all__ = ["detectable_gap", "holm", "newcombe", "rate", "wilson"]

_Z95 = NormalDist().inv_cdf(0.975)


def wilson(numerator: int, denominator: int, z: float = _Z95) -> tuple[float, float]:
    """Return Wilson's score interval (low, high) of a share; ``denominator`` must be positive.

    Its 95 % interval covers 91-98 % at n >= 10, where the percentile bootstrap covers as little as 65 %
    (Wilson 1927, JASA 22, p. 209; Brown, Cai, DasGupta 2001, equation 4).
    """
    share = numerator / denominator
    spread = z * z / denominator
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / denominator + spread / (4 * denominator))
    low = 0.0 if numerator == 0 else max(0.0, centre - half)
    high = 1.0 if numerator == denominator else min(1.0, centre + half)
    return low, high


def newcombe(numerator_1: int, n_1: int, numerator_2: int, n_2: int) -> Difference:
    """Return share 1 minus share 2 with Newcombe's hybrid score interval.

    Newcombe 1998, Statistics in Medicine 17, p. 873, method 10.
    """
    share_1, share_2 = numerator_1 / n_1, numerator_2 / n_2
    low_1, high_1 = wilson(numerator_1, n_1)
    low_2, high_2 = wilson(numerator_2, n_2)
    value = share_1 - share_2
    low = value - math.hypot(share_1 - low_1, high_2 - share_2)
    high = value + math.hypot(high_1 - share_1, share_2 - low_2)
    return Difference(value, max(-1.0, low), min(1.0, high))


def rate(numerator: int, denominator: int, *, what: str, few: int = 10) -> Rate:
    """Return a share with its interval; None where nothing can be measured, never a silent zero.

    ``what`` names the rows of the denominator in notes, such as ``rows of class "cat"``.
    """
    if denominator == 0:
        return Rate(None, numerator, 0, None, None, f"not measurable: no {what}")
    low, high = wilson(numerator, denominator)
    note = f"only {denominator} {what}" if denominator < few else ""
    return Rate(numerator / denominator, numerator, denominator, low, high, note)


def detectable_gap(share: float, n_1: int, n_2: int, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest difference of two shares that a two-sided test finds with this power, at most 1.

    Normal approximation around a common share (Fleiss, Levin, Paik 2003, equation 4.14 without continuity
    correction); ``share`` is kept away from 0 and 1, where the approximation would promise too much.
    """
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)
    floor = 1 / (n_1 + n_2 + 2)
    common = min(max(share, floor), 1 - floor)
    return min(1.0, z * math.sqrt(common * (1 - common) * (1 / n_1 + 1 / n_2)))


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return Holm-adjusted p-values in the given order; None entries are no tests and stay None.

    Holm 1979, Scandinavian Journal of Statistics 6, p. 65.
    """
    tested = sorted((p, position) for position, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    running = 0.0
    for rank, (p, position) in enumerate(tested):
        running = max(running, min(1.0, p * (len(tested) - rank)))
        adjusted[position] = running
    return tuple(adjusted)
