"""The training examples that look most alike to the model, and whether their labels agree with what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example, TargetData
from automl_tl.data.modalities.base import modalities
from automl_tl.data.tasks.base import target_tasks
from automl_tl.explain.base import Explanation
from automl_tl.explain.overview.base import Neighbours

__all__ = ["EmbeddingModel", "embed_rows", "nearest", "neighbours_of"]

_NEAREST = 5
_CHUNK = 64


class EmbeddingModel(Protocol):
    """What gives embeddings; ``FittedModel`` has it."""

    def embed(self, inputs: Sequence[Example]) -> NDArray[np.float32]:
        """Return float32 (N, D)."""


def neighbours_of(
    model: EmbeddingModel,
    data: TargetData,
    explanations: Sequence[Explanation],
    *,
    most: int = 2000,
    remaining: Callable[[], float] = lambda: float("inf"),
    seed: int = 0,
) -> tuple[tuple[Neighbours, ...], int]:
    """Return the five nearest training rows of each explained row by the cosine of embeddings, and of how many.

    Training rows are searched in random order, at most ``most`` and as many as time allows; () and 0 if that is
    less than five, or the explained rows themselves take too long.
    """
    order = np.random.default_rng(seed).permutation(data.split.train)[:most]
    if not len(order) or not explanations:
        return (), 0
    rows = np.array([entry.row for entry in explanations])
    asked = embed_rows(model, data, rows, remaining)
    known = embed_rows(model, data, order, remaining) if len(asked) == len(rows) else asked[:0]
    if len(known) < min(_NEAREST, len(order)):
        return (), 0
    places, cosines = nearest(asked, known, _NEAREST)
    found = tuple(
        _described(data, entry, order[mine], alike)
        for entry, mine, alike in zip(explanations, places, cosines, strict=True)
    )
    return found, len(known)


def _described(
    data: TargetData, entry: Explanation, rows: NDArray[np.int64], cosines: NDArray[np.float64]
) -> Neighbours:
    describe = target_tasks.get(data.task).describe
    labels = tuple(describe(data.labels[row], data.class_names) for row in rows)
    is_number = data.labels.dtype.kind == "f"
    return Neighbours(
        entry.row_id,
        entry.predicted_class,
        bool(entry.right),
        tuple(data.dataset.row_ids[int(row)] for row in rows),
        labels,
        tuple(round(float(each), 4) for each in cosines),
        float("nan") if is_number else float(np.mean([label == entry.predicted_class for label in labels])),
    )


def embed_rows(
    model: EmbeddingModel, data: TargetData, rows: NDArray[np.int64], remaining: Callable[[], float]
) -> NDArray[np.float32]:
    """Return embeddings (N, D) of the first dataset rows, of as many as time allows."""
    reader = modalities.get(data.dataset.modality)
    chunks: list[NDArray[np.float32]] = []
    for start in range(0, len(rows), _CHUNK):
        if remaining() <= 0:
            break
        examples = reader.read(data.dataset, [int(row) for row in rows[start : start + _CHUNK]])
        chunks.append(model.embed(examples))
    return np.concatenate(chunks) if chunks else np.zeros((0, 0), dtype=np.float32)


def nearest(
    asked: NDArray[np.floating], known: NDArray[np.floating], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return places (A, k) of the nearest of ``known`` (N, D) to each of ``asked`` (A, D), and their cosines."""
    one, other = (_unit(np.asarray(each, dtype=np.float64)) for each in (asked, known))
    cosines = one @ other.T
    places = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
    return places, np.take_along_axis(cosines, places, axis=1)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0))
