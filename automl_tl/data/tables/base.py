"""A table of strings and the rules every table keeps, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from automl_tl.data.limits import Limits
from automl_tl.data.tables.values import NestedValue, list_row, read_cells
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["TABLE_SUFFIXES", "Table", "TableReader", "check_header", "collect_columns", "read_table"]

TableReader = Callable[[Path, Limits], Mapping[str, Sequence[Any]]]
"""Returns the columns of a file, equally long, with the values as the format stores them."""

_READERS = {".csv": "delimited", ".tsv": "delimited", ".jsonl": "json_lines", ".parquet": "parquet"}

TABLE_SUFFIXES = tuple(_READERS)
"""File suffixes of tables that can be read."""


@dataclass(frozen=True)
class Table:
    """A table whose cells are strings, "" where missing.

    ``columns`` are equally long; ``row_ids`` are row numbers counted from 1 without the header; ``left_out`` has
    the columns that hold objects or bytes, each with the reason, and ``lists`` those whose cells are lists of
    labels, each with the reason why they are no inputs.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    row_ids: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)


def read_table(path: Path, limits: Limits) -> Table:
    """Read a CSV, TSV, JSONL or Parquet file.

    Raises
    ------
    DatasetError
        Naming file, row and rule: wrong encoding, ragged row, column that stands twice, no rows.
    LimitExceeded
        Beyond ``max_rows`` or ``max_columns``.
    """
    reader: TableReader = import_module(f"automl_tl.data.tables.{_READERS[path.suffix.lower()]}").read
    stored = reader(path, limits)
    count = len(next(iter(stored.values()), ()))
    if count == 0:
        raise DatasetError(f"{path.name}: the table has a header but no rows; add at least two rows")
    columns, left_out = {}, {}
    for name, values in stored.items():
        try:
            columns[name] = read_cells(values, name)
        except NestedValue as error:
            left_out[name] = str(error)
    lists = {name: why for name in columns if (why := list_row(stored[name], name))}
    return Table(path.name, columns, tuple(str(number) for number in range(1, count + 1)), left_out, lists)


def check_header(names: Sequence[str], file: str, limits: Limits) -> list[str]:
    """Return the column names without outer spaces, unnamed ones as ``column_N``; each may stand once."""
    if len(names) > limits.max_columns:
        raise LimitExceeded(f"{file}: {len(names)} columns are more than max_columns = {limits.max_columns}")
    header = [name.strip() or f"column_{number}" for number, name in enumerate(names, start=1)]
    seen: set[str] = set()
    for name in header:
        if name in seen:
            raise DatasetError(f"{file}: the column {name!r} stands twice; rename one of them", field=name)
        seen.add(name)
    return header


def collect_columns(
    header: Sequence[str], rows: Iterable[Sequence[str]], file: str, limits: Limits
) -> dict[str, tuple[str, ...]]:
    """Turn rows of cells into columns; raises LimitExceeded beyond ``max_rows``."""
    kept: list[Sequence[str]] = []
    for row in rows:
        kept.append(row)
        if len(kept) > limits.max_rows:
            raise LimitExceeded(f"{file}: the table has more than max_rows = {limits.max_rows} rows")
    return {name: tuple(row[place] for row in kept) for place, name in enumerate(header)}
