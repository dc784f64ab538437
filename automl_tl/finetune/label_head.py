"""The linear head of several labels: one logistic regression per label on the same embeddings.

Binary relevance: Zhang, Li, Liu, Geng, Binary relevance for multi-label learning: an overview, Frontiers of
Computer Science 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.tasks.base import target_tasks
from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.group_folds import stratified_folds
from automl_tl.finetune.head import (
    REGULARISATION_GRID,
    HeadFeatures,
    sane_regularisation,
)
from automl_tl.finetune.head_work import affordable_iterations, rows_for_choice
from automl_tl.finetune.workload import LinearHead

__all__ = ["choose_label_regularisation", "fit_label_head"]

_FOLDS = 3
_MOST_LABELS = 30
"""C is chosen on so many labels at most: it differs little between them."""


def fit_label_head(
    features: NDArray[np.floating],
    labels: NDArray[np.int64],
    *,
    inverse_regularisation: float = 1.0,
    seed: int = 0,
    rough: bool = False,
) -> LinearHead:
    """Fit one logistic regression per label; the same C for all.

    Parameters
    ----------
    features
        float (N, D), N >= 1.
    labels
        int64 (N, L) of 0 and 1. A label that all rows have, or none, gets zero weights and the probability that
        Laplace's rule would give it.
    rough
        Stop after a few iterations: a head for now.

    Raises
    ------
    ModelUnavailable
        If an embedding is NaN or infinite.
    """
    ready = HeadFeatures(features, iterations=_iterations(features, labels))
    return _stacked([_one_label(ready, own, inverse_regularisation, seed, rough) for own in labels.T])


def choose_label_regularisation(
    features: NDArray[np.floating],
    labels: NDArray[np.int64],
    *,
    seed: int = 0,
    grid: tuple[float, ...] = REGULARISATION_GRID,
    remaining: Callable[[], float] = no_limit,
    groups: NDArray[np.int64] | None = None,
) -> float:
    """Return the C of ``grid`` with the lowest cross-validated log loss over rows and labels.

    ``remaining`` are the seconds left, asked before every fit. When time is over the folds that are complete
    decide; without one, and where nothing can be held out, 0.1 or the middle of the grid is returned. With
    ``groups`` (N,) whole groups are held out. Of many rows it is a sample that decides.
    """
    shown = labels
    if labels.shape[1] > _MOST_LABELS:
        frequent = np.argsort(-labels.sum(axis=0), kind="stable")[:_MOST_LABELS]
        shown = labels[:, np.sort(frequent)]
    strata = target_tasks.get("multilabel").strata(shown, [""] * shown.shape[1]).codes
    iterations = _iterations(features, labels)
    rows = rows_for_choice(strata, features.shape[1], shown.shape[1], seed=seed)
    features, shown, groups = features[rows], shown[rows], None if groups is None else groups[rows]
    assignment = stratified_folds(strata[rows], _FOLDS, seed, groups)
    losses = np.zeros(len(grid))
    for fold in range(int(assignment.max()) + 1):
        found = _held_out_losses(features, shown, assignment == fold, seed, grid, iterations, remaining)
        if found is None:
            break
        losses += found
    return grid[int(losses.argmin())] if losses.any() else sane_regularisation(grid)


def _iterations(features: NDArray[np.floating], labels: NDArray[np.int64]) -> int:
    """All labels together get the work of one fit."""
    return affordable_iterations(len(features), features.shape[1], labels.shape[1])


def _held_out_losses(
    features: NDArray[np.floating],
    labels: NDArray[np.int64],
    held_out: NDArray[np.bool_],
    seed: int,
    grid: tuple[float, ...],
    iterations: int,
    remaining: Callable[[], float],
) -> NDArray[np.float64] | None:
    """Return for every C of the grid the log loss of the rows held out; None if time was over before that."""
    ready, losses = HeadFeatures(features[~held_out], iterations=iterations), np.zeros(len(grid))
    for index, candidate in enumerate(grid):
        columns = []
        for own in labels[~held_out].T:
            if remaining() <= 0:
                return None
            columns.append(_one_label(ready, own, candidate, seed))
        logits = _stacked(columns).logits(features[held_out]).astype(np.float64)
        losses[index] = np.logaddexp(0.0, np.where(labels[held_out] == 1, -logits, logits)).sum()
    return losses


def _stacked(columns: Sequence[tuple[NDArray[np.float32], np.float32]]) -> LinearHead:
    weight, bias = zip(*columns, strict=True)
    return LinearHead(weight=np.stack(weight), bias=np.array(bias, dtype=np.float32), link="sigmoid")


def _one_label(
    ready: HeadFeatures, own: NDArray[np.int64], inverse_regularisation: float, seed: int, rough: bool = False
) -> tuple[NDArray[np.float32], np.float32]:
    """Return weight (D,) and bias of one label's logit; Laplace's rule for a label that all rows have, or none."""
    if own.min() == own.max():
        share = (own.sum() + 1) / (len(own) + 2)
        return np.zeros(ready.width, dtype=np.float32), np.float32(np.log(share / (1 - share)))
    head = ready.solve(own, 2, inverse_regularisation=inverse_regularisation, seed=seed, rough=rough)
    return head.weight[1] - head.weight[0], head.bias[1] - head.bias[0]
