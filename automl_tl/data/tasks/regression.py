"""Regression: one number per row."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.limits import Limits
from automl_tl.data.plain_words import counted
from automl_tl.data.profile_types import Profile
from automl_tl.data.tasks.base import Column, Counts, Labels, Strata, TargetTask, target_tasks
from automl_tl.data.tasks.numbers import as_number, read_numbers
from automl_tl.errors import DatasetError, SpecError

__all__ = ["FEWEST_ROWS", "Regression", "far_outside"]

FEWEST_ROWS = 10
_RANGES = 10
_PER_RANGE = 5
_PLAIN_DIGITS = 6
"""Of whole numbers; larger ones have an exponent."""
_FENCE = 3.0
"""Interquartile ranges beyond the quartiles from which Tukey calls a value far out."""


class Regression(TargetTask):
    """Labels are float64 (N,), NaN where the cell is empty; the model's only output bears the column's name."""

    name = "regression"
    summary = "One number per row."
    conflict = "different numbers, which no model can tell apart"

    def check_summary(self, name: str, *, distinct: int, labelled: int, examples: Sequence[str]) -> None:
        """Refuse text and a constant."""
        text = next((value for value in examples if as_number(value) is None), None)
        if text is not None:
            raise SpecError(
                f"target: column {name!r} holds {text!r}, which is not a number; regression needs plain numbers; "
                "name a column of numbers, or choose task = classification",
                field="target",
            )
        if distinct < 2:
            raise SpecError(
                f"target: column {name!r} has {distinct} different values; there is nothing to predict",
                field="target",
            )

    def read(self, column: Column, limits: Limits) -> Labels:
        """Return the numbers."""
        numbers = read_numbers(column.cells, column.name, column.row_ids)
        known = numbers[np.isfinite(numbers)]
        if len(known) < FEWEST_ROWS:
            hint = "".join(f"; {remark}" for remark in column.remarks[:3])
            raise DatasetError(
                f"target {column.name!r}: {counted(len(known), 'row')} with a number; regression needs at least "
                f"{FEWEST_ROWS}{hint}",
                field="target",
            )
        if known.min() == known.max():
            raise DatasetError(
                f"target {column.name!r}: all {len(known)} rows have the value {known[0]:g}; there is nothing to "
                "predict; name another column",
                field="target",
            )
        return Labels((column.name,), numbers)

    def labelled(self, labels: NDArray[Any]) -> NDArray[np.bool_]:
        """Return where there is a number."""
        return np.isfinite(labels)

    def strata(self, labels: NDArray[Any], names: Sequence[str]) -> Strata:
        """Return ranges that hold about equally many rows each: up to ten, with at least five rows."""
        known = np.flatnonzero(np.isfinite(labels))
        ranges = max(1, min(_RANGES, len(known) // _PER_RANGE))
        codes = np.full(len(labels), -1, dtype=np.int64)
        # Equal numbers may fall into two ranges: a stratum only has to be about alike.
        order = known[np.argsort(labels[known], kind="stable")]
        codes[order] = np.arange(len(order)) * ranges // max(len(order), 1)
        return Strata(codes, tuple(f"range {number + 1}" for number in range(ranges)), noun="")

    def counts(self, labels: NDArray[Any], names: Sequence[str]) -> Counts:
        """Return the rows in each of up to ten equally wide ranges between round numbers."""
        known = np.flatnonzero(np.isfinite(labels))
        edges = _round_edges(labels[known])
        ranges = len(edges) - 1
        places = np.clip(np.searchsorted(edges, labels[known], side="right") - 1, 0, ranges - 1)
        table = np.zeros((len(labels), ranges), dtype=np.int64)
        table[known, places] = 1
        return Counts(_range_names(edges), table)

    def describe(self, label: Any, names: Sequence[str]) -> str:
        """Return the number with up to ten digits that count, "" without one."""
        return "" if np.isnan(label) else f"{float(label):.10g}"

    def warnings(self, found: Profile) -> Iterator[str]:
        """Yield far-out values and ranges that no test row has."""
        if found.far_out:
            yield (
                f"{counted(found.far_out, 'row')} of {found.target!r} lie far outside the range of the others. "
                "A single one can decide the root mean squared error; if they are mistakes, remove them, else "
                "look at the mean absolute error."
            )
        if 1 < found.distinct <= 2 * _PER_RANGE:
            yield (
                f"{found.target!r} has only {found.distinct} different numbers; if they are codes and no amounts, "
                "task = classification fits better."
            )


def far_outside(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which numbers (N,) lie over three interquartile ranges beyond the quartiles.

    Tukey, Exploratory Data Analysis, 1977, section 2D ("far out"). None where half of all numbers are equal.
    """
    low, high = np.quantile(numbers, [0.25, 0.75])
    reach = _FENCE * (high - low)
    if reach == 0:
        return np.zeros(len(numbers), dtype=np.bool_)
    return np.asarray((numbers < low - reach) | (numbers > high + reach))


def _round_edges(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bounds (2 to 11,) of ranges as wide as 1, 2 or 5 times a power of ten.

    Round bounds may be told also where no row's own number may be: they do not give away the ends.
    """
    low, high = float(numbers.min()), float(numbers.max())
    width = (high - low) / _RANGES
    power = 10.0 ** math.floor(math.log10(width)) if 0 < width < math.inf else 0.0
    for step in (power, 2 * power, 5 * power, 10 * power, 20 * power) if power else ():
        first, last = math.floor(low / step), math.floor(high / step) + 1
        edges = step * np.arange(first, last + 1, dtype=np.float64)
        if len(edges) <= _RANGES + 1 and (np.diff(edges) > 0).all() and edges[0] <= low <= high <= edges[-1]:
            return edges
    return np.histogram_bin_edges(numbers, bins=_RANGES)  # too close together for round numbers between them


def _range_names(edges: NDArray[np.float64]) -> tuple[str, ...]:
    """Return ``low to high`` with as many digits as tell neighbouring edges apart."""
    fewest = min(max(2, len(str(int(np.abs(edges).max())))), _PLAIN_DIGITS)
    digits = next((n for n in range(fewest, 17) if len({f"{edge:.{n}g}" for edge in edges}) == len(edges)), 17)
    shown = [f"{edge:.{digits}g}" for edge in edges]
    return tuple(f"{low} to {high}" for low, high in pairwise(shown))


target_tasks.register(Regression.name, Regression())
