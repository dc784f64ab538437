"""Reweighing: rows weigh as if group and label were independent.

Kamiran & Calders, Data preprocessing techniques for classification without discrimination, KAIS 2012, sec. 4.3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.mitigation.data import GroupedRows
from automl_tl.fairness.mitigation.remedy_head import RemedyHead
from automl_tl.fairness.mitigation.weighted_head import fit_weighted_head

__all__ = ["reweighing", "reweighing_weights"]


def reweighing_weights(labels: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return P(group) P(label) / P(group, label) of each row; rows of unknown group weigh 1."""
    weights = np.ones(len(labels))
    known = groups >= 0
    total = int(known.sum())
    for group in np.unique(groups[known]):
        for label in np.unique(labels[known]):
            cell = known & (groups == group) & (labels == label)
            if cell.any():
                alone = int((groups[known] == group).sum()) * int((labels[known] == label).sum())
                weights[cell] = alone / (total * int(cell.sum()))
    return weights


def reweighing(fit: GroupedRows, n_classes: int, seed: int = 0) -> RemedyHead:
    """Return a head fitted with these weights."""
    head = fit_weighted_head(fit.features, fit.labels, n_classes, reweighing_weights(fit.labels, fit.groups))
    return RemedyHead.single(*head.raw())
