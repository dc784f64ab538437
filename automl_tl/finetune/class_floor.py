"""How narrow an interval of F1, AUROC or average precision may be: limits of each class, then of their mean.

A percentile bootstrap of answers without an error has no width, and with few positives it is far too narrow long
before that. Limits of a mean from those of its parts: :mod:`automl_tl.finetune.share_floor`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from automl_tl.data.tasks.forms import task_of
from automl_tl.finetune.bootstrap import Z95, wilson
from automl_tl.finetune.evaluation import Interval
from automl_tl.finetune.measures import weighted

__all__ = ["area_limits", "class_difference_floor", "class_floor"]

_DECIDED = 0.5
_NEARLY_ONE = 1 - 1e-9


@dataclass(frozen=True)
class _Class:
    """One class or label against the rest: what is true, how it was scored, what was decided, all (N,)."""

    true: NDArray[np.bool_]
    scores: NDArray[np.float64]
    said: NDArray[np.bool_]
    groups: NDArray[np.int64] | None

    def units(self, rows: NDArray[np.bool_]) -> int:
        """Return how many independent units these rows are."""
        return int(rows.sum()) if self.groups is None else len(np.unique(self.groups[rows]))


def class_floor(
    metric: str, labels: NDArray[Any], answers: NDArray[np.floating], groups: Sequence[str] | None = None
) -> Interval | None:
    """Return the interval of a metric that is a figure of each class, or of all decisions on labels; else None.

    With ``groups`` (one name per row) no class's figure is surer than a perfect one of so many groups.
    """
    limits = _LIMITS.get(metric)
    if limits is None:
        return None
    codes = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    columns = _classes(labels, np.asarray(answers, dtype=np.float64), codes)
    if metric in _OF_ALL_DECISIONS:
        columns = [_together(columns)]
    elif metric == "auroc" and len(columns) == 2 and task_of(labels) == "classification":
        columns = columns[1:]  # the other class's area is this one, seen from the other side
    found = [each for each in map(limits, columns) if each is not None]
    return _mean(found) if found else None


def class_difference_floor(
    metric: str,
    labels: NDArray[Any],
    ours: NDArray[np.floating],
    theirs: NDArray[np.floating],
    groups: Sequence[str] | None = None,
) -> Interval | None:
    """Return the interval of (ours - theirs) on such a metric where neither made an error, else None.

    Each may be as much worse than the other among rows that were not seen as its own limits say.
    """
    found = [class_floor(metric, labels, each, groups) for each in (ours, theirs)]
    best = 0.0 if metric in _LOSSES else 1.0
    reaches = [each.high - each.low for each in found if each is not None and each.value == best]
    return Interval(0.0, -max(reaches), max(reaches)) if len(reaches) == 2 else None


def area_limits(area: float, positives: int, negatives: int) -> Interval:
    """Return an area under the ROC curve in [0, 1] with 95 % limits that have a width also at 0 and 1.

    Newcombe, Confidence intervals for an effect size measure based on the Mann-Whitney statistic, part 2:
    asymptotic methods and evaluation, Statistics in Medicine 2006, method 5: the areas that are as far from the
    one found as 1.96 standard errors of their own, which Hanley and McNeil give for exponential scores.
    """
    return Interval(area, _lower_area(area, positives, negatives), 1 - _lower_area(1 - area, positives, negatives))


def _lower_area(area: float, positives: int, negatives: int) -> float:
    if area <= 0:
        return 0.0
    size = (positives + negatives) / 2 - 1

    def excess(limit: float) -> float:
        spread = 1 + size * ((1 - limit) / (2 - limit) + limit / (1 + limit))
        return (area - limit) ** 2 - Z95**2 * limit * (1 - limit) * spread / (positives * negatives)

    return float(brentq(excess, 0.0, min(area, _NEARLY_ONE)))


def _classes(labels: NDArray[Any], answers: NDArray[np.float64], groups: NDArray[np.int64] | None) -> list[_Class]:
    if task_of(labels) == "multilabel":
        true, said = labels == 1, answers >= _DECIDED
    else:
        names = np.arange(answers.shape[1])
        true, said = labels[:, None] == names, answers.argmax(axis=1)[:, None] == names
    return [_Class(true[:, c], answers[:, c], said[:, c], groups) for c in range(answers.shape[1])]


def _together(columns: Sequence[_Class]) -> _Class:
    """Return every decision on every label as a row of its own; decisions on one row count as independent."""
    labels, groups = len(columns), columns[0].groups
    return _Class(
        np.concatenate([each.true for each in columns]),
        np.concatenate([each.scores for each in columns]),
        np.concatenate([each.said for each in columns]),
        None if groups is None else np.concatenate([groups + c * (groups.max() + 1) for c in range(labels)]),
    )


def _f1(column: _Class) -> Interval | None:
    """Return F1 as the share that hits have among themselves and half of the errors."""
    mass = (int(column.true.sum()) + int(column.said.sum())) / 2
    if mass == 0:
        return None
    return _share(int((column.true & column.said).sum()), mass, column.units(column.true | column.said))


def _wrong(column: _Class) -> Interval:
    every = np.ones(len(column.true), dtype=bool)
    return _share(int((column.true != column.said).sum()), len(every), column.units(every))


def _average_precision(column: _Class) -> Interval | None:
    """Return average precision with limits of a share of the positives.

    Boyd, Eng, Page, Area under the precision-recall curve: point estimates and confidence intervals, ECML 2013,
    section 3.3 (binomial interval), with Wilson's limits in the place of Wald's.
    """
    positives = int(column.true.sum())
    if positives == 0:
        return None
    value = float(weighted.average_precision(column.scores, column.true, np.ones((1, len(column.true))))[0])
    return _share(value * positives, positives, column.units(column.true))


def _area(column: _Class) -> Interval | None:
    area = float(weighted.area_under_curve(column.scores, column.true, np.ones((1, len(column.true))))[0])
    if math.isnan(area):
        return None
    if np.ptp(column.scores) == 0:
        return Interval(area, area, area)  # one answer to everything ranks nothing, on any rows
    found = area_limits(area, int(column.true.sum()), int((~column.true).sum()))
    units = column.units(column.true), column.units(~column.true)
    return _enclosing(found, area_limits(1.0, *units).low, area_limits(0.0, *units).high)


def _share(right: float, trials: float, units: int) -> Interval:
    return _enclosing(wilson(right, trials), wilson(units, units).low, wilson(0, units).high)


def _enclosing(found: Interval, low: float, high: float) -> Interval:
    return Interval(found.value, min(found.low, low), max(found.high, high))


def _mean(parts: Sequence[Interval]) -> Interval:
    value = float(np.mean([each.value for each in parts]))
    below = math.hypot(*(each.value - each.low for each in parts)) / len(parts)
    above = math.hypot(*(each.high - each.value for each in parts)) / len(parts)
    return Interval(value, max(value - below, 0.0), min(value + above, 1.0))


_LIMITS: Mapping[str, Callable[[_Class], Interval | None]] = {
    "macro_f1": _f1,
    "micro_f1": _f1,
    "hamming_loss": _wrong,
    "auroc": _area,
    "average_precision": _average_precision,
    "mean_average_precision": _average_precision,
}
_LOSSES = ("hamming_loss",)
_OF_ALL_DECISIONS = ("micro_f1", "hamming_loss")
