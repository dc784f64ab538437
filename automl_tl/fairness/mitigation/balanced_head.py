"""Last-layer retraining on group-balanced rows: the embedding stays, the head forgets the shortcut.

Kirichenko, Izmailov, Wilson, Last Layer Re-Training is Sufficient for Robustness to Spurious Correlations
(ICLR 2023), section 4: the mean of heads on several balanced draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.mitigation.data import GroupedRows, Predictor
from automl_tl.fairness.mitigation.weighted_head import fit_weighted_head

__all__ = ["balanced_head", "balanced_rows"]

_DRAWS = 10


def balanced_rows(
    labels: NDArray[np.int64], groups: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return equally many rows of each group and label that occur: as many as the rarest has."""
    cells = [
        np.flatnonzero((groups == group) & (labels == label))
        for group in np.unique(groups[groups >= 0])
        for label in np.unique(labels)
    ]
    cells = [cell for cell in cells if len(cell)]
    size = min((len(cell) for cell in cells), default=0)
    if not size:
        return np.zeros(0, dtype=np.int64)
    return np.sort(np.concatenate([rng.choice(cell, size, replace=False) for cell in cells]))


def balanced_head(fit: GroupedRows, n_classes: int, seed: int = 0) -> Predictor:
    """Return the mean of heads on ten balanced draws."""
    rng = np.random.default_rng(seed)
    heads = []
    for _ in range(_DRAWS):
        rows = balanced_rows(fit.labels, fit.groups, rng)
        heads.append(fit_weighted_head(fit.features[rows], fit.labels[rows], n_classes, np.ones(len(rows))))
    return lambda rows: np.asarray(
        np.mean([head.log_chances(rows.features) for head in heads], axis=0).argmax(axis=1), dtype=np.int64
    )
