"""Last-layer retraining on group-balanced rows: the embedding stays, the head forgets the shortcut.

Kirichenko, Izmailov, Wilson, Last Layer Re-Training is Sufficient for Robustness to Spurious Correlations
(ICLR 2023), section 4: the mean of heads on several balanced draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.mitigation.data import GroupedRows
from automl_tl.fairness.mitigation.remedy_head import RemedyHead
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


def balanced_head(fit: GroupedRows, n_classes: int, seed: int = 0) -> RemedyHead:
    """Return the mean of heads on ten balanced draws.

    The class with the largest mean logarithm of its probability is that with the largest mean score: what the
    logarithms are normalised by is the same for all classes of a row.
    """
    rng = np.random.default_rng(seed)
    heads = []
    for _ in range(_DRAWS):
        rows = balanced_rows(fit.labels, fit.groups, rng)
        head = fit_weighted_head(fit.features[rows], fit.labels[rows], n_classes, np.ones(len(rows)))
        heads.append(head.raw())
    weights, biases = zip(*heads, strict=True)
    return RemedyHead.single(np.mean(weights, axis=0), np.mean(biases, axis=0))
