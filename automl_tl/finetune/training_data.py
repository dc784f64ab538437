"""What the training loop draws from: prepared inputs with labels, class weights, and batches of indices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.prepared import PreparedInputs

__all__ = ["TrainingData", "class_weights", "sample_batches"]


@dataclass(frozen=True)
class TrainingData:
    """Prepared inputs, labels int64 (N,) and one loss weight per class float32 (C,)."""

    inputs: PreparedInputs
    labels: NDArray[np.int64]
    class_weights: NDArray[np.float32]


def sample_batches(n: int, batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield index batches for ever: every epoch a fresh permutation, its incomplete last batch left out."""
    rng = np.random.default_rng(seed)
    size = min(batch_size, n)
    while True:
        order = rng.permutation(n)
        for start in range(0, n - size + 1, size):
            yield order[start : start + size]


def class_weights(labels: NDArray[np.int64], n_classes: int, *, balanced: bool) -> NDArray[np.float32]:
    """Return loss weights float32 (C,): ones, or inverse to the class counts with mean weight 1 per example."""
    counts = np.bincount(labels, minlength=n_classes)
    if not balanced:
        return np.ones(n_classes, dtype=np.float32)
    weights = len(labels) / (max(1, (counts > 0).sum()) * np.maximum(counts, 1))
    return np.where(counts > 0, weights, 1.0).astype(np.float32)
