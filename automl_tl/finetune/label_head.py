"""The linear head of several labels: one logistic regression per label on the same embeddings.

Binary relevance: Zhang, Li, Liu, Geng, Binary relevance for multi-label learning: an overview, Frontiers of
Computer Science 2018.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.tasks.base import target_tasks
from automl_tl.finetune.head import REGULARISATION_GRID, fit_linear_head, stratified_folds
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
    weight = np.zeros((labels.shape[1], features.shape[1]), dtype=np.float32)
    bias = np.zeros(labels.shape[1], dtype=np.float32)
    for place in range(labels.shape[1]):
        own = labels[:, place]
        if own.min() == own.max():
            share = (own.sum() + 1) / (len(own) + 2)
            bias[place] = np.log(share / (1 - share))
            continue
        head = fit_linear_head(
            features, own, 2, inverse_regularisation=inverse_regularisation, seed=seed, rough=rough
        )
        weight[place], bias[place] = head.weight[1] - head.weight[0], head.bias[1] - head.bias[0]
    return LinearHead(weight=weight, bias=bias, link="sigmoid")


def choose_label_regularisation(
    features: NDArray[np.floating],
    labels: NDArray[np.int64],
    *,
    seed: int = 0,
    grid: tuple[float, ...] = REGULARISATION_GRID,
) -> float:
    """Return the C of ``grid`` with the lowest cross-validated log loss over rows and labels."""
    shown = labels
    if labels.shape[1] > _MOST_LABELS:
        frequent = np.argsort(-labels.sum(axis=0), kind="stable")[:_MOST_LABELS]
        shown = labels[:, np.sort(frequent)]
    strata = target_tasks.get("multilabel").strata(shown, [""] * shown.shape[1]).codes
    assignment = stratified_folds(strata, _FOLDS, seed)
    losses = np.zeros(len(grid))
    for fold in range(int(assignment.max()) + 1):
        fitted, held_out = assignment != fold, assignment == fold
        for index, candidate in enumerate(grid):
            head = fit_label_head(features[fitted], shown[fitted], inverse_regularisation=candidate, seed=seed)
            logits = head.logits(features[held_out]).astype(np.float64)
            losses[index] += np.logaddexp(0.0, np.where(shown[held_out] == 1, -logits, logits)).sum()
    return grid[int(losses.argmin())] if losses.any() else grid[len(grid) // 2]
