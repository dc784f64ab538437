"""A threshold per group, chosen so that a rate is alike; the group must be known when the model is used.

Hardt, Price, Srebro, Equality of Opportunity in Supervised Learning (NIPS 2016), section 3, without randomisation.
On groups of 20 rows without any gap this makes one of 18 points: it is only ever verified on other rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.mitigation.data import GroupedRows

__all__ = ["GroupThresholds", "fit_thresholds", "group_thresholds"]

_GRID = 101


@dataclass(frozen=True, eq=False)
class GroupThresholds:
    """Answers of class 1 where the score reaches the group's threshold.

    ``limits`` maps groups to thresholds, 0.5 elsewhere; ``scores_of`` gives the probability of class 1 of rows.
    """

    limits: Mapping[int, float]
    scores_of: Callable[[GroupedRows], NDArray[np.floating]]

    def __call__(self, rows: GroupedRows) -> NDArray[np.int64]:
        """Return the answers to rows, int64 (N,)."""
        limits = np.array([self.limits.get(group, 0.5) for group in rows.groups.tolist()])
        return np.asarray(np.asarray(self.scores_of(rows)) >= limits, dtype=np.int64)


def fit_thresholds(
    scores: NDArray[np.floating], labels: NDArray[np.int64], groups: NDArray[np.int64], rate: str
) -> dict[int, float]:
    """Return a threshold on the score of class 1 per group; unknown groups keep 0.5.

    Each group's threshold is the one nearest to 0.5 at which its rate comes closest to that of all rows at 0.5.

    Parameters
    ----------
    scores
        float (N,) in [0, 1]: probability of class 1.
    rate
        ``selection_rate``, ``true_positive_rate`` or ``false_positive_rate`` of class 1; else accuracy is meant,
        for which each group's best threshold is taken.
    """
    grid = np.linspace(0.0, 1.0, _GRID)
    wanted = _rate(scores >= 0.5, labels, rate)
    thresholds = {}
    for group in np.unique(groups[groups >= 0]).tolist():
        mine = groups == group
        found = np.array([_rate(scores[mine] >= t, labels[mine], rate) for t in grid])
        cost = -found if rate not in _SELECTED else np.abs(found - wanted)
        cost = np.where(np.isnan(cost), np.inf, cost)
        best = np.flatnonzero(cost <= cost.min() + 1e-12) if np.isfinite(cost).any() else np.array([_GRID // 2])
        thresholds[group] = float(grid[best[np.abs(grid[best] - 0.5).argmin()]])
    return thresholds


def group_thresholds(
    scores_of: Callable[[GroupedRows], NDArray[np.floating]], fit: GroupedRows, rate: str
) -> GroupThresholds:
    """Return the thresholds of :func:`fit_thresholds` on ``scores_of``, the probability of class 1 of rows."""
    limits = fit_thresholds(np.asarray(scores_of(fit), dtype=np.float64), fit.labels, fit.groups, rate)
    return GroupThresholds(limits, scores_of)


_SELECTED = ("selection_rate", "true_positive_rate", "false_positive_rate")


def _rate(said: NDArray[np.bool_], labels: NDArray[np.int64], rate: str) -> float:
    rows = {"true_positive_rate": labels == 1, "false_positive_rate": labels == 0}.get(rate)
    if rate not in _SELECTED:
        return float((said == (labels == 1)).mean()) if len(said) else float("nan")
    if rows is not None:
        said = said[rows]
    return float(said.mean()) if len(said) else float("nan")
