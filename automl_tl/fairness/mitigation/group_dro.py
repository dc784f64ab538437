"""A head for the worst group: rows of groups that the head fails on gain weight until no group stands out.

Sagawa et al., Distributionally Robust Neural Networks for Group Shifts (ICLR 2020), algorithm 1, with exact fits
of the head in place of gradient steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.mitigation.data import GroupedRows
from automl_tl.fairness.mitigation.remedy_head import RemedyHead
from automl_tl.fairness.mitigation.weighted_head import WeightedHead, fit_weighted_head, row_losses

__all__ = ["group_dro"]

_ROUNDS = 12
_STEP = 0.5


def group_dro(fit: GroupedRows, n_classes: int, seed: int = 0) -> RemedyHead:
    """Return the head of the round with the smallest worst mean loss of a group and label.

    Losses are measured on folds that the head has not seen: on its own rows a head of a few hundred embeddings
    makes no losses, in any group.
    """
    known = fit.groups >= 0
    cells = np.where(known, fit.groups * n_classes + fit.labels, -1)
    names = np.unique(cells[known])
    members = [cells == name for name in names]
    shares = np.full(len(names), 1 / max(len(names), 1))
    folds = np.random.default_rng(seed).permutation(np.arange(len(fit)) % 3)
    best: tuple[float, WeightedHead | None] = (np.inf, None)
    head: WeightedHead | None = None
    for _ in range(_ROUNDS):
        weights = np.where(known, 0.0, 1.0 / len(fit))
        for share, member in zip(shares, members, strict=True):
            weights[member] = share / member.sum()
        head = fit_weighted_head(fit.features, fit.labels, n_classes, weights, start=head)
        losses = _held_out_losses(fit, n_classes, weights, folds)
        by_cell = np.array([losses[member].mean() for member in members])
        worst = float(by_cell.max()) if len(by_cell) else 0.0
        if worst < best[0]:
            best = (worst, head)
        shares = shares * np.exp(_STEP * np.minimum(by_cell, 10.0))
        shares /= shares.sum()
    chosen = best[1]
    assert chosen is not None
    return RemedyHead.single(*chosen.raw())


def _held_out_losses(
    fit: GroupedRows, n_classes: int, weights: NDArray[np.float64], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    losses = np.zeros(len(fit))
    for fold in range(3):
        seen, held = folds != fold, folds == fold
        if seen.any() and held.any():
            head = fit_weighted_head(fit.features[seen], fit.labels[seen], n_classes, weights[seen])
            losses[held] = row_losses(head, fit.features[held], fit.labels[held])
    return losses
