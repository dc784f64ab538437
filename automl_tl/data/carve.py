"""Carving a share of rows out of a set: stratified by class, and by whole groups where groups must not be cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["carve_groups", "carve_members", "carve_rows"]

_RESTARTS = 20
_MISSING_CLASS = 1e6  # outweighs any difference in counts: a class should be seen in every part


def carve_rows(
    labels: NDArray[np.int64], fraction: float, rng: np.random.Generator, *, keep: int = 1
) -> NDArray[np.bool_]:
    """Choose about ``fraction`` of the rows so that every class is chosen in proportion.

    Parameters
    ----------
    labels
        int64 (N,), all >= 0.
    fraction
        In (0, 1).
    keep
        Rows of every class that must stay behind; smaller classes stay behind altogether.

    Returns
    -------
    bool (N,): true for chosen rows. At least one row of every class with more than ``keep`` rows is chosen.
    """
    chosen = np.zeros(len(labels), dtype=np.bool_)
    for label, quota in enumerate(_quotas(np.bincount(labels), fraction, keep)):
        members = np.flatnonzero(labels == label)
        chosen[rng.permutation(members)[:quota]] = True
    return chosen


def carve_groups(
    labels: NDArray[np.int64],
    groups: Sequence[str],
    fraction: float,
    rng: np.random.Generator,
    *,
    keep: int = 1,
    spare_classes: bool = True,
) -> NDArray[np.bool_]:
    """Choose whole groups that hold about ``fraction`` of every class.

    Greedy over random orders, the best of several; judged by the sum over classes of (chosen - wanted)² / size.

    Parameters
    ----------
    labels
        int64 (N,), all >= 0.
    groups
        N group names.
    keep
        Groups that must stay behind.
    spare_classes
        Whether every class is chosen where it can be, and keeps at least one group.

    Returns
    -------
    bool (N,): true for chosen rows; all false if no group can be spared.
    """
    names, group_of = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    table = np.zeros((len(names), int(labels.max()) + 1))
    np.add.at(table, (group_of, labels), 1)
    if not spare_classes:
        # Classes may be missing, but the size shall be right: it counts as much as all classes together.
        table = np.column_stack([table, *([table.sum(axis=1)] * table.shape[1])])
    return _best_pick(table, fraction, rng, keep, spare_classes=spare_classes)[group_of]


def carve_members(
    members: NDArray[np.bool_],
    groups: Sequence[str] | None,
    fraction: float,
    rng: np.random.Generator,
    *,
    keep: int = 1,
) -> NDArray[np.bool_]:
    """Choose about ``fraction`` of the rows, and of the rows of every label, where rows can have several labels.

    As :func:`carve_groups`, every row a group of its own if ``groups`` is None; rows without a label, and all rows
    together, count as two labels more. Iterative stratification (Sechidis, Tsoumakas, Vlahavas, ECML PKDD 2011)
    has the same aim.

    Parameters
    ----------
    members
        bool (N, L).
    """
    whole = np.column_stack([members, ~members.any(axis=1), np.ones(len(members), dtype=np.bool_)]).astype(float)
    if groups is None:
        return _best_pick(whole, fraction, rng, keep)
    names, group_of = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    table = np.zeros((len(names), whole.shape[1]))
    np.add.at(table, group_of, whole)
    return _best_pick(table, fraction, rng, keep)[group_of]


def _best_pick(
    table: NDArray[np.float64], fraction: float, rng: np.random.Generator, keep: int, *, spare_classes: bool = True
) -> NDArray[np.bool_]:
    """Return which groups (G,) to choose, given how many rows of each class every group holds (G, C)."""
    sizes = table.sum(axis=0)
    restarts = max(1, min(_RESTARTS, 20_000 // len(table)))
    best: NDArray[np.bool_] = np.zeros(len(table), dtype=np.bool_)
    best_loss = np.inf
    for _ in range(restarts):
        picked = _greedy(table, fraction, rng.permutation(len(table)), keep, spare_classes)
        loss = _loss(table[picked].sum(axis=0), sizes, fraction, every_class=spare_classes)
        if picked.any() and loss < best_loss:
            best, best_loss = picked, loss
    return best


def _quotas(counts: NDArray[np.int64], fraction: float, keep: int) -> NDArray[np.int64]:
    """Return whole numbers near ``fraction * counts`` with the right total (largest remainders)."""
    wanted = fraction * counts
    quotas = np.floor(wanted).astype(np.int64)
    rest = round(float(wanted.sum())) - int(quotas.sum())
    order = np.argsort(quotas - wanted, kind="stable")
    quotas[order[:rest]] += 1
    spare = np.maximum(counts - keep, 0)
    return np.minimum(np.maximum(quotas, 1), spare)


def _greedy(
    table: NDArray[np.float64], fraction: float, order: NDArray[np.int64], keep: int, spare_classes: bool
) -> NDArray[np.bool_]:
    picked = np.zeros(len(table), dtype=np.bool_)
    sizes, left = table.sum(axis=0), len(table)
    carriers = (table > 0).sum(axis=0)  # groups left behind that hold each class
    chosen = np.zeros(table.shape[1])
    loss = np.inf
    for group in order:
        if left <= keep or (spare_classes and np.any((table[group] > 0) & (carriers <= 1))):
            continue
        new_loss = _loss(chosen + table[group], sizes, fraction, every_class=spare_classes)
        if new_loss < loss:
            picked[group], loss, left = True, new_loss, left - 1
            chosen += table[group]
            carriers = carriers - (table[group] > 0)
    return picked


def _loss(
    chosen: NDArray[np.float64], totals: NDArray[np.float64], fraction: float, *, every_class: bool
) -> float:
    sizes = np.maximum(totals, 1)
    missing = int(np.sum((chosen == 0) & (totals > 0))) if every_class else 0
    return float(np.sum((chosen - fraction * sizes) ** 2 / sizes) + _MISSING_CLASS * missing)
