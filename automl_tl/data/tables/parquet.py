"""Parquet tables, read with pyarrow."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

from automl_tl.data.limits import Limits
from automl_tl.data.tables.base import check_header
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["read"]


def read(path: Path, limits: Limits) -> dict[str, tuple[str, ...]]:
    """Return the columns of a Parquet file; null and NaN become "", whole floats lose their ``.0``."""
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
        # The footer knows the row count: a hostile file is refused before anything is decoded.
        if file.metadata.num_rows > limits.max_rows:
            raise LimitExceeded(
                f"{path.name}: {file.metadata.num_rows} rows are more than max_rows = {limits.max_rows}"
            )
        header = check_header(file.schema_arrow.names, path.name, limits)
        size = sum(file.metadata.row_group(index).total_byte_size for index in range(file.metadata.num_row_groups))
        if size > limits.max_bytes:
            raise LimitExceeded(f"{path.name}: {size} unpacked bytes are more than max_bytes = {limits.max_bytes}")
        table = file.read(use_threads=False)
    except (pyarrow.ArrowException, OSError) as error:
        raise DatasetError(f"{path.name}: not a readable Parquet file ({str(error).splitlines()[0]})") from None
    return {name: _cells(table.column(place), name, path.name) for place, name in enumerate(header)}


def _cells(column: Any, name: str, file: str) -> tuple[str, ...]:
    values = column.to_pylist()
    for number, value in enumerate(values, start=1):
        if not isinstance(value, str | int | float | date | None):
            kind = type(value).__name__
            raise DatasetError(
                f"{file}, row {number}: the column {name!r} holds {kind} values; a cell must be text, a number, a "
                "date or empty (store images as files beside the table and name them in a column)",
                field=name,
            )
    return tuple(_cell(value) for value in values)


def _cell(value: str | float | date | None) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))  # a column of integers with one missing value is stored as floats
    return str(value)
