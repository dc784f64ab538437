"""What may leave the job when raw examples may not: ids and averages over several examples."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.base import Explanation
from automl_tl.explain.overview.base import Overview

__all__ = ["FEWEST", "MANY", "AggregateMap", "aggregate_maps", "without_example", "without_examples"]

FEWEST = 3
"""An average over fewer pictures would show a single one too clearly."""

MANY = 5
"""A word that fewer texts share could be somebody's name or number."""


@dataclass(frozen=True)
class AggregateMap:
    """Mean size of contributions by patch over ``count`` pictures that the model names ``predicted_class``.

    ``predicted_class`` is the first explained output, "" for the mean over all classes; ``values`` is float64
    (F,), patches row by row.
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
        names = sorted({entry.names[0] for entry in pictures})
        for name in ["", *names] if len(names) > 1 else names:
            mine = [entry for entry in pictures if name in ("", entry.names[0])]
            if len(mine) >= FEWEST:
                mean = np.mean([np.abs(entry.values[:, 0]) for entry in mine], axis=0)
                maps.append(AggregateMap(name, len(mine), grid, mean))
    return tuple(maps)


def without_example(explanation: Explanation) -> Explanation:
    """Return the explanation without picture, words and contributions: these can show what was in the example."""
    return dataclasses.replace(
        explanation,
        feature_names=(),
        values=np.zeros((0, explanation.values.shape[1])),
        standard_errors=None,
        alternatives=tuple(dataclasses.replace(other, values=np.zeros(0)) for other in explanation.alternatives),
        segments=None,
        preview_png=None,
    )


def without_examples(overview: Overview) -> Overview:
    """Return the overview with only those words that at least five texts share; ids and averages stay."""
    words = []
    for entry in overview.class_words:
        shared = tuple(effect for effect in entry.words if effect.texts >= MANY)
        if shared:
            words.append(dataclasses.replace(entry, words=shared))
    return dataclasses.replace(overview, class_words=tuple(words))
