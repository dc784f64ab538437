"""Which tables at the top of a dataset describe its rows, read as one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from automl_tl.data.dataset import RowIssue
from automl_tl.data.limits import Limits
from automl_tl.data.parts import SPLIT_COLUMN, part_of
from automl_tl.data.tables.base import TABLE_SUFFIXES, Table, read_table
from automl_tl.errors import DatasetError

__all__ = ["nested_table_remarks", "read_manifest"]

_USUAL_NAMES = ("manifest", "metadata")


def read_manifest(root: Path, files: Sequence[str], limits: Limits) -> Table | None:
    """Return the dataset's manifest, or None if no table lies directly below ``root``.

    One table is the manifest; of several, the one called ``manifest`` or ``metadata``. Tables called ``train``,
    ``validation`` and ``test`` are put together, and the column ``split`` tells them apart.

    Raises
    ------
    DatasetError
        If several tables could be meant, or tables that belong together have different columns.
    """
    tables = [file for file in files if "/" not in file and file.lower().endswith(TABLE_SUFFIXES)]
    if not tables:
        return None
    if len(tables) == 1:
        return read_table(root / tables[0], limits)
    usual = [file for file in tables if _stem(file) in _USUAL_NAMES]
    if len(usual) == 1:
        return read_table(root / usual[0], limits)
    if not usual and all(part_of(_stem(file)) for file in tables):
        return _joined([(part_of(_stem(file)), read_table(root / file, limits)) for file in tables])
    raise DatasetError(
        f"several tables could describe the rows: {', '.join(tables[:5])}; call the right one manifest"
        f"{PurePosixPath(tables[0]).suffix}, or call them train, validation and test"
    )


def nested_table_remarks(files: Sequence[str]) -> tuple[RowIssue, ...]:
    """Return a remark on the tables in subfolders, which are never read, or nothing."""
    nested = [file for file in files if "/" in file and file.lower().endswith(TABLE_SUFFIXES)]
    if not nested:
        return ()
    others = f" (and {len(nested) - 1} more)" if len(nested) > 1 else ""
    problem = f"lies in a subfolder{others} and is not read; a manifest must lie at the top, beside the folders"
    return (RowIssue(nested[0], problem, left_out=False),)


def _joined(tables: Sequence[tuple[str, Table]]) -> Table:
    first = tables[0][1]
    left_out = {name: f"{table.name}, {why}" for _, table in tables for name, why in table.left_out.items()}
    lists = {name: f"{table.name}, {why}" for _, table in tables for name, why in table.lists.items()}
    for _, table in tables[1:]:
        different = set(table.columns) ^ set(first.columns)
        if different.difference(left_out):
            odd = min(different.difference(left_out))
            raise DatasetError(
                f"{first.name} and {table.name} must have the same columns, but only one has {odd!r}", field=odd
            )
    columns = {
        name: tuple(cell for _, table in tables for cell in table.columns[name])
        for name in first.columns
        if name.lower() != SPLIT_COLUMN and name not in left_out
    }
    columns[SPLIT_COLUMN] = tuple(part for part, table in tables for _ in table.row_ids)
    row_ids = tuple(f"{table.name}:{number}" for _, table in tables for number in table.row_ids)
    return Table(", ".join(table.name for _, table in tables), columns, row_ids, left_out, lists)


def _stem(file: str) -> str:
    return PurePosixPath(file).stem.lower()
