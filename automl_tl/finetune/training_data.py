"""What the training loop draws from: prepared inputs with labels, class weights, and batches of indices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.tasks.base import task_of_labels
from automl_tl.finetune.windows import Blocks, Draw, windowed_batches

__all__ = [
    "TrainingData",
    "balanced_batches",
    "class_weights",
    "label_weights",
    "recipe_weights",
    "sample_batches",
]

_POWERS = {"none": 0.0, "sqrt": 0.5, "inverse": 1.0}
_HEAVIEST = 10.0
"""Weight of a rare label's rows at most: with two of them, single gradients would drown all others."""


@dataclass(frozen=True)
class TrainingData:
    """Prepared inputs, N labels as the task has them, and one loss weight per class or label float32 (C,).

    Attributes
    ----------
    blocks
        Which examples are read together, where they are streamed and that matters.
    sample
        A part of them small enough that all its embeddings fit into memory; None where that is all of them.
    groups
        int64 (N,), equal for examples that are not independent; None where all are.
    """

    inputs: PreparedInputs
    labels: NDArray[Any]
    class_weights: NDArray[np.float32]
    blocks: Blocks | None = None
    sample: TrainingData | None = None
    groups: NDArray[np.int64] | None = None

    def batches(self, draw: Draw, batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
        """Yield index batches for ever as ``draw`` makes them of labels, batch size and seed.

        Where examples are read in blocks, it is given those of some blocks at a time; the order is the seed's.
        """
        if self.blocks is None:
            return draw(self.labels, batch_size, seed)
        return windowed_batches(draw, self.labels, self.blocks, batch_size, seed)


def sample_batches(n: int, batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield index batches for ever: every epoch a fresh permutation, its incomplete last batch left out."""
    rng = np.random.default_rng(seed)
    size = min(batch_size, n)
    while True:
        order = rng.permutation(n)
        for start in range(0, n - size + 1, size):
            yield order[start : start + size]


def balanced_batches(labels: NDArray[np.int64], batch_size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield index batches for ever in which every class stands about as often, however rare it is.

    Classes take turns in an order drawn anew each time; the examples of a class do too, so none is seen a second
    time before all of its class were seen.
    """
    rng = np.random.default_rng(seed)
    size = min(batch_size, len(labels))
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    queues = [_endless(rows, rng) for rows in members]
    turns = _endless(np.arange(len(members)), rng)
    while True:
        yield np.array([next(queues[next(turns)]) for _ in range(size)], dtype=np.int64)


def _endless(values: NDArray[np.int64], rng: np.random.Generator) -> Iterator[int]:
    while True:
        yield from rng.permutation(values).tolist()


def class_weights(
    labels: NDArray[np.int64], n_classes: int, *, balanced: bool, power: float = 1.0
) -> NDArray[np.float32]:
    """Return loss weights float32 (C,): ones, or inverse to the class counts with mean weight 1 per example.

    ``power`` is the exponent of the counts: 1/2 for their roots. A class without an example has weight 1.
    """
    if not balanced:
        return np.ones(n_classes, dtype=np.float32)
    counts = np.bincount(labels, minlength=n_classes)
    weights = np.maximum(counts, 1.0) ** -power
    weights *= len(labels) / (weights * counts).sum()
    return np.where(counts > 0, weights, 1.0).astype(np.float32)


def label_weights(
    labels: NDArray[np.int64], n_labels: int, *, balanced: bool, power: float = 1.0
) -> NDArray[np.float32]:
    """Return loss weights float32 (L,) of the rows that have each label; those of rows that lack it stay 1.

    ``labels`` are int64 (N, L) of 0 and 1. They are the :func:`class_weights` of all (row, label) pairs that are
    true, 10 at most; ones where labels are equally frequent.
    """
    pairs = np.nonzero(labels == 1)[1]
    weights = class_weights(pairs, n_labels, balanced=balanced and len(pairs) > 0, power=power)
    return np.minimum(weights, np.float32(_HEAVIEST))


def recipe_weights(data: TrainingData, recipe: Recipe) -> NDArray[np.float32]:
    """Return the loss weights that a recipe asks for; ``data`` has those that suit the job's metric."""
    task = task_of_labels(data.labels)
    if recipe.sampling == "balanced" and "sampling" not in task.unused_parameters:
        return np.ones_like(data.class_weights)
    if recipe.class_weights == "metric":
        return data.class_weights
    power = _POWERS[recipe.class_weights]
    return task.weights(data.labels, len(data.class_weights), balanced=power > 0, power=power)
