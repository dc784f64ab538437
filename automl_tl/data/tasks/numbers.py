"""Cells that are numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import DatasetError

__all__ = ["as_number", "read_numbers"]

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_LONGEST = 60


def as_number(cell: str) -> float | None:
    """Return the number that a cell states, possibly NaN or infinite; None for anything else."""
    if "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def read_numbers(cells: Sequence[str], column: str, row_ids: Sequence[str]) -> NDArray[np.float64]:
    """Return float64 (N,), NaN for empty cells.

    Raises
    ------
    DatasetError
        Naming the first row whose cell is no finite number, and how many more there are.
    """
    numbers = [math.nan if not cell else as_number(cell) for cell in cells]
    bad = [
        row
        for row, (cell, number) in enumerate(zip(cells, numbers, strict=True))
        if cell and (number is None or not math.isfinite(number))
    ]
    if bad:
        more = f" ({len(bad) - 1} more such rows)" if len(bad) > 1 else ""
        first = bad[0]
        raise DatasetError(
            f"row {row_ids[first]}, column {column!r}: {_why(cells[first], numbers[first])}{more}", field="target"
        )
    return np.array(numbers, dtype=np.float64)


def _why(cell: str, number: float | None) -> str:
    shown = repr(cell if len(cell) <= _LONGEST else f"{cell[:_LONGEST]}...")
    if number is not None:
        return (
            f"{shown} is not finite; leave the cell empty where the value is unknown, so that the row is not used"
        )
    if _DECIMAL_COMMA.fullmatch(cell):
        return f"{shown} is not a number; write a decimal point: {cell.replace(',', '.')}"
    return (
        f"{shown} is not a number; regression needs plain numbers such as 3.5, without units or thousands "
        "separators; leave the cell empty where the value is unknown"
    )
