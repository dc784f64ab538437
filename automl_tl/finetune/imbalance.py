"""How unevenly examples fall on classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["effective_examples", "even_weights", "imbalance"]


def imbalance(labels: NDArray[Any]) -> float:
    """Return the size of the largest class over that of the smallest one present, >= 1.

    ``labels`` are int64 (N,). Of sets of labels, int64 (N, L) of 0 and 1, it is the number of rows with the most
    frequent label over that of the rarest one that occurs: the largest imbalance ratio per label of Charte et al.,
    Addressing imbalance in multilabel classification, Neurocomputing 2015. How many rows lack a label is not
    looked at, so labels that are equally rare give 1. Numbers have no classes and give 1, too.
    """
    counts = _sizes(labels)
    return float(counts.max() / counts.min()) if len(counts) else 1.0


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
    if not np.issubdtype(labels.dtype, np.integer):
        return float(len(labels))
    present = _sizes(labels)
    return min(float(len(labels)), len(present) ** 2 / float((1.0 / present).sum())) if len(present) else 0.0


def _sizes(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return how many examples are of each class that occurs, or have each label; none for numbers."""
    if not np.issubdtype(labels.dtype, np.integer):
        return np.zeros(0, dtype=np.int64)
    counts = (labels == 1).sum(axis=0) if labels.ndim == 2 else np.unique(labels, return_counts=True)[1]
    return np.asarray(counts[counts > 0], dtype=np.int64)
