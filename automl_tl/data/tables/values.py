"""From the values that a table format stores to cells of text: one set of rules, so that formats do not differ."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import Any

__all__ = ["NestedValue", "read_cells"]


class NestedValue(ValueError):
    """A value that is no cell: a list, an object, bytes ...; its text names row and column."""


def read_cells(values: Iterable[Any], column: str) -> tuple[str, ...]:
    """Return a column's values as strings: None and NaN become "", whole floats lose their ``.0``.

    Raises
    ------
    NestedValue
        Naming the row of the first value that is no text, number, truth value, date or None.
    """
    return tuple(_cell(value, number, column) for number, value in enumerate(values, start=1))


def _cell(value: Any, number: int, column: str) -> str:
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))  # a column of integers with one missing value is stored as floats
    if isinstance(value, int | float | date):
        return str(value)
    kind = type(value).__name__
    raise NestedValue(
        f"row {number}: the column {column!r} holds {kind} values; a cell must be text, a number, a date or "
        "empty (store images as files beside the table and name them in a column)"
    )
