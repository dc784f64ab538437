"""Intervals that hold for small groups, and how small a gap a group can show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from automl_tl.fairness.base import Difference, Rate
from automl_tl.finetune.bootstrap import wilson

__all__ = ["detectable_gap", "holm", "newcombe", "rate"]


def newcombe(numerator_1: int, n_1: int, numerator_2: int, n_2: int) -> Difference:
    """Return share 1 minus share 2 with Newcombe's hybrid score interval.

    Newcombe 1998, Statistics in Medicine 17, p. 873, method 10.
    """
    first, second = wilson(numerator_1, n_1), wilson(numerator_2, n_2)
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    return Difference(value, max(-1.0, low), min(1.0, high))


def rate(numerator: int, denominator: int, *, what: str, few: int = 10) -> Rate:
    """Return a share with its interval; None where nothing can be measured, never a silent zero.

    ``what`` names the rows of the denominator in notes, such as ``rows of class "cat"``.
    """
    if denominator == 0:
        return Rate(None, numerator, 0, None, None, f"not measurable: no {what}")
    share = wilson(numerator, denominator)
    note = f"only {denominator} {what}" if denominator < few else ""
    return Rate(share.value, numerator, denominator, share.low, share.high, note)


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
