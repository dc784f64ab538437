"""How narrow an interval of right answers may be: a bootstrap of answers that are all right has no width at all.

Limits of a sum of shares from the limits of each (the method of variance estimates recovery): Zou, Huang, Zhang,
A note on confidence interval estimation for a linear function of binomial proportions, Computational Statistics &
Data Analysis 2009, equation 4. Each share has Wilson's limits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.bootstrap import wilson
from automl_tl.finetune.evaluation import Interval
from automl_tl.finetune.metrics import Metric
from automl_tl.finetune.tasks.base import task_of_labels

__all__ = ["difference_floor", "figure_floor", "widened"]

_Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class _Share:
    """A share with its limits, and with what it is multiplied in a sum."""

    factor: float
    limits: Interval


def figure_floor(
    metric: Metric,
    labels: NDArray[Any],
    answers: NDArray[np.floating],
    groups: Sequence[str] | None = None,
) -> Interval | None:
    """Return the interval of a metric that is a share of rows, or a mean of such shares by class; else None.

    Without groups the share of all rows has Wilson's interval as it stands. With ``groups`` (one name per row) no
    share is surer than one that so many groups agree about: G groups that are all right leave its lower limit at
    Wilson's for G of G, however many rows each of them has.
    """
    right = _right(metric, labels, answers)
    if right is None:
        return None
    found = _sum([(1.0, right)], metric, labels, groups)
    return Interval(found.value, max(found.low, 0.0), min(found.high, 1.0))


def difference_floor(
    metric: Metric,
    labels: NDArray[Any],
    ours: NDArray[np.floating],
    theirs: NDArray[np.floating],
    groups: Sequence[str] | None = None,
) -> Interval | None:
    """Return the interval of (ours - theirs) on such a metric, else None.

    It is that of the share of rows which only the first has right, less the share which only the second has: where
    there are none of either, both may still be among the rows that were not seen.
    """
    first, second = (_right(metric, labels, each) for each in (ours, theirs))
    if first is None or second is None:
        return None
    found = _sum([(1.0, first & ~second), (-1.0, second & ~first)], metric, labels, groups)
    return Interval(found.value, max(found.low, -1.0), min(found.high, 1.0))


def widened(interval: Interval, floor: Interval | None) -> Interval:
    """Return the interval made at least as wide as the floor; one without bounds stays without."""
    if floor is None or math.isnan(interval.low):
        return interval
    return Interval(interval.value, min(interval.low, floor.low), max(interval.high, floor.high))


def _right(metric: Metric, labels: NDArray[Any], answers: NDArray[np.floating]) -> _Rows | None:
    if not (metric.share_of_rows or metric.share_of_classes):
        return None
    return task_of_labels(labels).right(labels, answers)


def _sum(
    parts: Sequence[tuple[float, _Rows]], metric: Metric, labels: NDArray[Any], groups: Sequence[str] | None
) -> Interval:
    """Return the sum over parts (factor, which rows count) of their shares, or of the mean of these by class."""
    strata = labels if metric.share_of_classes else np.zeros(len(labels), dtype=np.int64)
    codes = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    shares = [share for factor, rows in parts for share in _by_stratum(factor, rows, strata, codes)]
    if len(shares) == 1:
        return shares[0].limits
    value = sum(each.factor * each.limits.value for each in shares)
    below, above = zip(*(_reach(each) for each in shares), strict=True)
    return Interval(value, value - math.hypot(*below), value + math.hypot(*above))


def _by_stratum(
    factor: float, rows: _Rows, strata: NDArray[np.int64], groups: NDArray[np.int64] | None
) -> Iterator[_Share]:
    present = np.unique(strata)
    for stratum in present:
        own = strata == stratum
        limits = wilson(int(rows[own].sum()), int(own.sum()))
        if groups is not None:
            units = len(np.unique(groups[own]))
            limits = Interval(
                limits.value, min(limits.low, wilson(units, units).low), max(limits.high, wilson(0, units).high)
            )
        yield _Share(factor / len(present), limits)


def _reach(share: _Share) -> tuple[float, float]:
    """Return how far below and above its value the share may take the sum."""
    down, up = share.limits.value - share.limits.low, share.limits.high - share.limits.value
    return abs(share.factor) * (down if share.factor > 0 else up), abs(share.factor) * (
        up if share.factor > 0 else down
    )
