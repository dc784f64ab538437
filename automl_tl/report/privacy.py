"""What may leave the job when raw examples may not: ids and averages over several examples."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.base import Explanation

__all__ = ["FEWEST", "AggregateMap", "aggregate_maps", "without_example"]

FEWEST = 3
"""An average over fewer pictures would show a single one too clearly."""


@dataclass(frozen=True)
class AggregateMap:
    """Mean size of contributions by patch over ``count`` pictures that the model names ``predicted_class``.

    ``predicted_class`` is "" for the mean over all classes; ``values`` is float64 (F,), patches row by row.
    """

    predicted_class: str
    count: int
    grid: tuple[int, int]
    values: NDArray[np.float64]


def aggregate_maps(entries: Sequence[Explanation]) -> tuple[AggregateMap, ...]:
    """Return the map over all pictures and one per predicted class, each only from three pictures on."""
    maps = []
    for grid in sorted({entry.grid for entry in entries if entry.grid is not None}):
        pictures = [entry for entry in entries if entry.grid == grid and len(entry.values)]
        names = sorted({entry.predicted_class for entry in pictures})
        for name in ["", *names] if len(names) > 1 else names:
            mine = [entry for entry in pictures if name in ("", entry.predicted_class)]
            if len(mine) >= FEWEST:
                mean = np.mean([np.abs(entry.values[:, 0]) for entry in mine], axis=0)
                maps.append(AggregateMap(name, len(mine), grid, mean))
    return tuple(maps)


def without_example(explanation: Explanation) -> Explanation:
    """Return the explanation without picture, words and contributions: these can show what was in the example."""
    return dataclasses.replace(
        explanation, feature_names=(), values=np.zeros((0, explanation.values.shape[1])), preview_png=None
    )
