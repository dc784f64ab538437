"""The type that walks out of the probe room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.card import LAST_LAYER

__all__ = ["Embeddings"]


@dataclass(frozen=True)
class Embeddings:
    """Embeddings of a dataset's rows under one model.

    Attributes
    ----------
    model
        Id of the model, ``{source}:{model}``.
    rows
        int64 (N,): which rows of the dataset, ascending.
    features
        float32 (N, D).
    source_probs
        float32 (N, Z) class probabilities of the source head, or None.
    seconds
        Wall seconds it took to read, prepare and embed what was not cached; 0.0 when all of it was. Embeddings
        made of several layers in one go have the same.
    weights_digest
        SHA-256 of the weights that made them.
    layers
        What they are made of: ``last`` or another of the backbone's ``layer_choices``.
    precision
        At which they were computed: ``float32`` or ``bfloat16``.
    """

    model: str
    rows: NDArray[np.int64]
    features: NDArray[np.float32]
    source_probs: NDArray[np.float32] | None
    seconds: float
    weights_digest: str
    layers: str = LAST_LAYER
    precision: str = "float32"

    def select(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the features of these dataset rows, in this order; every row must be present."""
        return self.features[self._positions(rows)]

    def select_probs(self, rows: NDArray[np.int64]) -> NDArray[np.float32] | None:
        """Return the source probabilities of these dataset rows, or None without a source head."""
        return None if self.source_probs is None else self.source_probs[self._positions(rows)]

    def _positions(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        positions = np.searchsorted(self.rows, rows)
        if len(rows) and (positions.max() >= len(self.rows) or not np.array_equal(self.rows[positions], rows)):
            raise KeyError(f"rows are missing from the embeddings of {self.model}")
        return positions
