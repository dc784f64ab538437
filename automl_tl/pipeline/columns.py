"""What is remembered of a dataset's columns, so that a job can be checked without reading the data again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from automl_tl.data.dataset import Dataset

__all__ = ["ColumnSummary", "summarise_columns"]

_EXAMPLES = 8
_EXAMPLE_CHARACTERS = 64


@dataclass(frozen=True)
class ColumnSummary:
    """One column of a dataset: number of different values, of missing ones, and the most frequent values."""

    name: str
    unique_count: int
    missing_count: int
    example_values: tuple[str, ...] = ()


def summarise_columns(dataset: Dataset) -> tuple[ColumnSummary, ...]:
    """Return name, number of different and of missing values, and the most frequent values of every column."""
    return tuple(_summarise(name, values) for name, values in dataset.columns.items())


def _summarise(name: str, values: tuple[str, ...]) -> ColumnSummary:
    counts = Counter(values)
    missing = counts.pop("", 0)
    frequent = sorted(counts, key=lambda value: (-counts[value], value))[:_EXAMPLES]
    return ColumnSummary(name, len(counts), missing, tuple(value[:_EXAMPLE_CHARACTERS] for value in frequent))
