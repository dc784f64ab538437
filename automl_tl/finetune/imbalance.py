"""How unevenly examples fall on classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["effective_examples", "even_weights", "imbalance"]


def imbalance(labels: NDArray[Any]) -> float:
    """Return the size of the largest class over that of the smallest one present, >= 1.

    ``labels`` are int64 (N,); labels of other tasks, numbers or sets, have no classes and give 1.
    """
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer) or len(labels) == 0:
        return 1.0
    counts = np.unique(labels, return_counts=True)[1]
    return float(counts.max() / counts.min())


def even_weights(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a weight per example, float64 (N,) of mean 1, under which all classes present weigh alike.

    ``labels`` are int64 (N,) class ids, N >= 1.
    """
    codes, counts = np.unique(labels, return_inverse=True, return_counts=True)[1:]
    return np.asarray(len(labels) / (len(counts) * counts[codes]), dtype=np.float64)


def effective_examples(labels: NDArray[Any]) -> float:
    """Return on how many examples of equally frequent classes a mean over classes would scatter as on these.

    At most N, and next to nothing where a class is rare: C**2 / sum(1 / n_c), the effective sample size of Kish
    (Survey Sampling, 1965, section 11.7) under weights that make classes alike. Of sets of labels, int64 (N, L),
    n_c counts the examples that have a label; numbers have no classes and give N.
    """
    if labels.ndim == 2:
        counts = (labels == 1).sum(axis=0)
    elif np.issubdtype(labels.dtype, np.integer):
        counts = np.unique(labels, return_counts=True)[1]
    else:
        return float(len(labels))
    present = counts[counts > 0]
    return min(float(len(labels)), len(present) ** 2 / float((1.0 / present).sum())) if len(present) else 0.0
