"""What may leave the job when raw examples may not: ids and averages over several examples."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.profile_types import QUANTILES
from automl_tl.explain.base import Explanation
from automl_tl.explain.overview.base import Neighbours, Overview
from automl_tl.fairness.base import FairnessReport
from automl_tl.report.numbers import NumberFigures, RangeErrors

__all__ = [
    "FEWEST",
    "MANY",
    "AggregateMap",
    "aggregate_maps",
    "averaged",
    "without_example",
    "without_examples",
    "without_true_numbers",
    "without_words",
]

FEWEST = 3
"""An average over fewer pictures would show a single one too clearly."""

_WORD = "\N{LEFT DOUBLE QUOTATION MARK}"
"""How words are told from columns in the description of a slice."""

MANY = 5
"""A word that fewer texts share could be somebody's name or number."""

_ROUNDING = 1e-9
"""A twentieth of a hundred rows is five of them, and 1 - 0.95 is a little less."""


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
    """Return means of at least five neighbouring pairs instead: a pair is a row's label and its answer.

    Of the ranges those with at least five rows stay, without the smallest and the largest number. Of fewer than
    five rows nothing is told.
    """
    if figures.averaged:
        return figures
    if len(figures.true) < MANY:
        return dataclasses.replace(
            figures, true=(), predicted=(), half_within=math.nan, most_within=math.nan, ranges=(), averaged=MANY
        )
    parts = np.array_split(np.arange(len(figures.true)), len(figures.true) // MANY)
    true, predicted = np.array(figures.true), np.array(figures.predicted)
    return dataclasses.replace(
        figures,
        true=tuple(float(true[rows].mean()) for rows in parts),
        predicted=tuple(float(predicted[rows].mean()) for rows in parts),
        ranges=_open_ranges(figures.ranges),
        averaged=MANY,
    )


def _open_ranges(ranges: Sequence[RangeErrors]) -> tuple[RangeErrors, ...]:
    opened = list(ranges)
    if opened:
        opened[0] = dataclasses.replace(opened[0], low=None)
        opened[-1] = dataclasses.replace(opened[-1], high=None)
    return tuple(entry for entry in opened if entry.count >= MANY)


def without_true_numbers(profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return the profile of predicted numbers without any row's own: neither the ends nor the labels of copies.

    A quantile stays where at least five rows of its part lie below it and five above.
    """
    rows = profile.get("part_counts") or profile.get("part_rows") or {}
    numbers = {
        part: {name: value for name, value in spread.items() if _is_shared(name, int(rows.get(part, 0)))}
        for part, spread in (profile.get("numbers") or {}).items()
    }
    shown = {**profile, "numbers": numbers}
    duplicates = profile.get("duplicates") or {}
    if duplicates.get("examples"):
        examples = [{**entry, "class_names": []} for entry in duplicates["examples"]]
        shown["duplicates"] = {**duplicates, "examples": examples}
    return shown


def _is_shared(name: str, rows: int) -> bool:
    share = QUANTILES.get(name, 0.0)
    return min(share, 1 - share) * rows >= MANY - _ROUNDING


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
