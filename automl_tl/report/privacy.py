"""What may leave the job when raw examples may not: ids and averages over several examples."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.base import Explanation
from automl_tl.explain.overview.base import Neighbours, Overview
from automl_tl.fairness.base import FairnessReport
from automl_tl.report.numbers import NumberFigures

__all__ = [
    "FEWEST",
    "MANY",
    "AggregateMap",
    "aggregate_maps",
    "averaged",
    "without_example",
    "without_examples",
    "without_words",
]

FEWEST = 3
"""An average over fewer pictures would show a single one too clearly."""

_WORD = "\N{LEFT DOUBLE QUOTATION MARK}"
"""How words are told from columns in the description of a slice."""

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
    """Return the explanation without picture, words and contributions: these can show what was in the example.

    Of a number its true value goes too: it is the row's own figure, where a class is shared by many rows.
    """
    return dataclasses.replace(
        explanation,
        true_class="" if math.isnan(explanation.probability) else explanation.true_class,
        feature_names=(),
        values=np.zeros((0, explanation.values.shape[1])),
        standard_errors=None,
        alternatives=tuple(dataclasses.replace(other, values=np.zeros(0)) for other in explanation.alternatives),
        segments=None,
        preview_png=None,
        columns=(),
    )


def without_examples(overview: Overview, *, numbers: bool) -> Overview:
    """Return the overview with only those words that at least five texts share; ids and averages stay.

    Single neighbours go, and how many of them agree stays. Where ``numbers`` were predicted, no true one stays,
    nor an answer with the exact distance from it, which would tell it.
    """
    words = []
    for entry in overview.class_words:
        shared = tuple(effect for effect in entry.words if effect.texts >= MANY)
        if shared:
            words.append(dataclasses.replace(entry, words=shared))
    shown = dataclasses.replace(
        overview, class_words=tuple(words), neighbours=tuple(map(_without_rows, overview.neighbours))
    )
    return _without_numbers(shown) if numbers else shown


def _without_rows(entry: Neighbours) -> Neighbours:
    return dataclasses.replace(entry, row_ids=(), labels=(), cosines=())


def _without_numbers(overview: Overview) -> Overview:
    """Return the overview without true numbers of single rows; how far off they are has one digit left."""
    errors = (
        dataclasses.replace(entry, truth="", surprise=_one_digit(entry.surprise)) for entry in overview.errors
    )
    issues = (
        dataclasses.replace(entry, given="", score=_one_digit(entry.score)) for entry in overview.label_issues
    )
    return dataclasses.replace(overview, errors=tuple(errors), label_issues=tuple(issues))


def _one_digit(value: float) -> float:
    return float(f"{value:.0e}")


def averaged(figures: NumberFigures) -> NumberFigures:
    """Return means of at least five neighbouring pairs instead: a pair is a row's label and its answer."""
    parts = np.array_split(np.arange(len(figures.true)), max(1, len(figures.true) // MANY))
    if figures.averaged or len(figures.true) < MANY:
        return figures if figures.averaged else dataclasses.replace(figures, true=(), predicted=(), averaged=MANY)
    true, predicted = np.array(figures.true), np.array(figures.predicted)
    return dataclasses.replace(
        figures,
        true=tuple(float(true[rows].mean()) for rows in parts),
        predicted=tuple(float(predicted[rows].mean()) for rows in parts),
        averaged=MANY,
    )


def without_words(report: FairnessReport) -> FairnessReport:
    """Return the bias report with slices described by columns only: a word could be somebody's name."""
    if report.slices is None:
        return report
    cards = tuple(
        dataclasses.replace(
            card, enrichment={name: odds for name, odds in card.enrichment.items() if not name.startswith(_WORD)}
        )
        for card in report.slices.slices
    )
    return dataclasses.replace(report, slices=dataclasses.replace(report.slices, slices=cards))
