"""From the values that a table format stores to cells of text: one set of rules, so that formats do not differ."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import date
from typing import Any

__all__ = ["NestedValue", "list_row", "read_cells"]


_LONGEST_LIST = 1000


class NestedValue(ValueError):
    """A value that is no cell: an object, bytes, a list of such ...; its text names row and column."""


def read_cells(values: Iterable[Any], column: str) -> tuple[str, ...]:
    """Return a column's values as strings: None and NaN become "", whole floats lose their ``.0``.

    A list of texts and whole numbers, such as the labels of a row, becomes the text of a JSON list.

    Raises
    ------
    NestedValue
        Naming the row of the first value that is no text, number, truth value, date, list of labels or None.
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
    if _is_label_list(value):
        return json.dumps(value, ensure_ascii=False)
    raise NestedValue(_reason(type(value).__name__, number, column))


def list_row(values: Iterable[Any], column: str) -> str:
    """Return which row first holds a list of labels: why the column cannot hold inputs; "" if none does."""
    rows = (number for number, value in enumerate(values, start=1) if _is_label_list(value))
    return next((_reason("list", number, column) for number in rows), "")


def _is_label_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _LONGEST_LIST and all(type(e) in (str, int) for e in value)


def _reason(kind: str, number: int, column: str) -> str:
    return (
        f"row {number}: the column {column!r} holds {kind} values; a cell must be text, a number, a date or "
        "empty (store images as files beside the table and name them in a column)"
    )
