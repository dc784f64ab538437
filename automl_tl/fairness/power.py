"""How small a gap the exact test would probably have found: what silence leaves open."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from automl_tl.fairness.bounds import normal_quantile
from automl_tl.fairness.permutation import log_choose

__all__ = ["detectable_gaps"]

Floats = NDArray[np.float64]

_SMALL = 200
"""With a smaller group the critical value is that of the exact test: the normal one is off by up to 0.05."""
_STEPS = 11
_GRAIN = 200
"""Shares are rounded to half a percent, which moves a gap by less and lets most cells share their work."""


def detectable_gaps(
    shares: ArrayLike,
    n_1: ArrayLike,
    n_2: ArrayLike,
    *,
    alpha: float | ArrayLike = 0.05,
    power: float = 0.8,
    direction: float | ArrayLike = -1.0,
) -> Floats:
    """Return the smallest gap of group 1 to group 2 that a two-sided exact test finds with this power, at most 1.

    Fleiss, Levin, Paik 2003, equations 4.14 and 4.19 (the continuity correction stands for the test being exact),
    solved for the gap. 1.0 where no possible gap would be found.

    Parameters
    ----------
    shares
        Share in group 2, in [0, 1]; kept half a row away from the ends, where the approximation promises too much.
    direction
        -1 if group 1 is the lower one, +1 if it is the higher one.
    """
    p, m, n, side, level = np.broadcast_arrays(
        *(np.asarray(v, dtype=np.float64) for v in (shares, n_1, n_2, direction, alpha))
    )
    p = np.clip(p, 0.5 / np.maximum(n, 1), 1 - 0.5 / np.maximum(n, 1))
    z_level = np.vectorize(lambda a: normal_quantile(1 - a / 2), otypes=[np.float64])(level)
    z_power = normal_quantile(power)
    room = np.where(side < 0, p, 1 - p)
    found, missed = room.copy(), np.zeros_like(room)
    for _ in range(40):
        gap = (found + missed) / 2
        enough = _shown(p, p + side * gap, m, n, z_level) >= z_power
        found, missed = np.where(enough, gap, found), np.where(enough, missed, gap)
    reachable = _shown(p, p + side * room, m, n, z_level) >= z_power
    gaps = np.where(reachable, found, 1.0)
    small = np.flatnonzero((np.minimum(m, n) < _SMALL).ravel())
    for place in small.tolist():
        share = min(max(round(float(p.ravel()[place]) * _GRAIN), 1), _GRAIN - 1) / _GRAIN
        cell = share, float(side.ravel()[place]), float(level.ravel()[place])
        gaps.ravel()[place] = _exact(*cell, int(m.ravel()[place]), int(n.ravel()[place]), z_power)
    return gaps


@lru_cache(maxsize=100_000)
def _exact(share: float, side: float, level: float, m: int, n: int, z_power: float) -> float:
    """Return the gap by bisection with the exact test's critical value at the expected number of hits."""
    room = share if side < 0 else 1 - share
    found, missed = room, 0.0
    if _exact_power(share, side, room, level, m, n) < z_power:
        return 1.0
    for _ in range(_STEPS):
        gap = (found + missed) / 2
        if _exact_power(share, side, gap, level, m, n) >= z_power:
            found = gap
        else:
            missed = gap
    return (found + missed) / 2


def _exact_power(share: float, side: float, gap: float, level: float, m: int, n: int) -> float:
    """Return the normal quantile of the power, minus infinity where the test can never reject."""
    first = share + side * gap
    total = round(m * first + n * share)
    edge = _critical(m, n, total, level, side)
    if math.isnan(edge):
        return -math.inf
    scale = m * n / (m + n)
    spread = scale * math.sqrt(max(first * (1 - first) / m + share * (1 - share) / n, 1e-12))
    return (scale * gap - edge) / spread


@lru_cache(maxsize=200_000)
def _critical(m: int, n: int, total: int, level: float, side: float) -> float:
    """Return how many hits a group must be off for a two-sided exact p-value of ``level``; NaN if none suffices.

    Between whole numbers of hits it is interpolated: the expected number, from which they are counted, moves with
    the total, so that the step is smoothed out over samples.
    """
    least, most = max(0, total - n), min(total, m)
    counts = np.arange(least, most + 1)
    logs = log_choose(m, counts) + log_choose(n, total - counts)
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()
    distance = (counts - m * total / (m + n)) * side
    order = np.argsort(-np.abs(distance), kind="stable")
    tail = np.empty_like(chances)
    tail[order] = np.cumsum(chances[order])
    ours = np.flatnonzero(distance > 0)
    ours = ours[np.argsort(distance[ours])]
    reached = np.flatnonzero(tail[ours] <= level)
    if not len(reached):
        return math.nan
    first = int(reached[0])
    far, log_far = float(distance[ours[first]]), math.log(max(float(tail[ours[first]]), 1e-300))
    if first == 0:
        return far
    near, log_near = float(distance[ours[first - 1]]), math.log(float(tail[ours[first - 1]]))
    return near + (far - near) * (log_near - math.log(level)) / max(log_near - log_far, 1e-12)


def _shown(p_2: Floats, p_1: Floats, m: Floats, n: Floats, z_level: Floats) -> NDArray[np.float64]:
    """Return the normal quantile of the power to tell p_1 (m rows) from p_2 (n rows)."""
    gap = np.maximum(np.abs(p_1 - p_2), 1e-12)
    common = (m * p_1 + n * p_2) / (m + n)
    null = np.sqrt(np.maximum(common * (1 - common), 0.0) * (1 / m + 1 / n))
    alternative = np.sqrt(np.maximum(p_1 * (1 - p_1) / m + p_2 * (1 - p_2) / n, 1e-12))
    correction = 0.5 * (1 / m + 1 / n)
    return (gap - correction - z_level * null) / alternative
