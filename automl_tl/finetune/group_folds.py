"""Folds of rows, even by class, that keep groups whole: one patient's rows are held out together or not at all."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["group_folds", "joined_folds", "mostly_single", "stratified_folds"]

_SINGLE = 0.8
_STREAM = 0x6F1D


def stratified_folds(
    labels: NDArray[np.int64],
    folds: int,
    seed: int,
    groups: Sequence[str] | NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Return a fold number per example, int64 (N,), every class dealt out evenly and ``groups``, if any, whole.

    A class with one example is never held out (fold -1): its only example would leave the fit without the class.
    """
    if groups is not None and not mostly_single(groups):
        return group_folds(labels, folds, seed, groups)
    rng = np.random.default_rng(seed)
    assignment = np.full(len(labels), -1, dtype=np.int64)
    start = 0
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        if len(members) > 1:
            assignment[members] = (start + np.arange(len(members))) % folds
            start += len(members)
    return assignment if groups is None else joined_folds(assignment, groups, seed)


def mostly_single(groups: Sequence[str] | NDArray[np.int64]) -> bool:
    """Return whether nearly every row is a group of its own, as where groups are the copies of an input."""
    return len(set(np.asarray(groups).tolist())) >= _SINGLE * len(groups)


def joined_folds(
    assignment: NDArray[np.int64], groups: Sequence[str] | NDArray[np.int64], seed: int
) -> NDArray[np.int64]:
    """Return folds that were dealt out by row, int64 (N,), with each group in the fold of one of its rows.

    A group with a row that is never held out (fold -1) is not held out either. Of many small groups this keeps
    classes as even as they were, and takes no time; of larger ones :func:`group_folds` does it better.
    """
    codes = np.unique(np.asarray(groups), return_inverse=True)[1]
    order = np.random.default_rng([seed, _STREAM]).permutation(len(codes))
    chosen = np.empty(codes.max(initial=-1) + 1, dtype=np.int64)
    chosen[codes[order]] = assignment[order]
    chosen[codes[assignment < 0]] = -1
    return chosen[codes]


def group_folds(
    labels: NDArray[np.int64], folds: int, seed: int, groups: Sequence[str] | NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return a fold number per row, int64 (N,), groups whole and classes dealt out as evenly as that allows.

    There are no more folds than groups, nor than rows of the most frequent class. All rows are -1, that is never
    held out, where that leaves fewer than two.

    Parameters
    ----------
    labels
        int64 (N,), not negative.
    groups
        One name or number per row.
    """
    # Here, because tasks know their heads and saved models answer without scikit-learn.
    from sklearn.model_selection import StratifiedGroupKFold

    codes = np.unique(np.asarray(groups), return_inverse=True)[1]
    assignment = np.full(len(labels), -1, dtype=np.int64)
    several = min(folds, len(np.unique(codes)), int(np.bincount(labels).max(initial=0)))
    if several < 2:
        return assignment
    splitter = StratifiedGroupKFold(several, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # Rare classes are what this is for: they stand in as many folds as they have groups.
        warnings.filterwarnings("ignore", message="The least populated class")
        for number, (_, held_out) in enumerate(splitter.split(np.zeros(len(labels)), labels, codes)):
            assignment[held_out] = number
    return assignment
