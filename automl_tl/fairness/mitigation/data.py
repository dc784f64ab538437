"""What every remedy works on: embeddings, labels and groups of some rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import InvalidInput

__all__ = ["GroupedRows", "Predictor"]

Predictor = Callable[["GroupedRows"], NDArray[np.int64]]
"""Answers int64 (N,) for rows; only per-group thresholds look at their groups."""


@dataclass(frozen=True)
class GroupedRows:
    """N rows.

    Attributes
    ----------
    features
        float (N, D) embeddings of the frozen backbone.
    labels
        int64 (N,) in [0, C).
    groups
        int64 (N,): group of each row, -1 where it is unknown.
    scores
        float (N,): the model's own probability of class 1, None where it is not known.
    """

    features: NDArray[np.floating]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    scores: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        columns = (self.features, self.labels, self.groups, self.scores)
        lengths = {len(column) for column in columns if column is not None}
        if len(lengths) != 1:
            raise InvalidInput(
                f"features, labels, groups and scores must be equally long but have {sorted(lengths)}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> GroupedRows:
        """Return these rows only."""
        scores = None if self.scores is None else self.scores[rows]
        return GroupedRows(self.features[rows], self.labels[rows], self.groups[rows], scores)
