"""Cells that hold a set of labels: separated by ``|`` or ``;``, or a JSON list."""

from __future__ import annotations

import json
from collections.abc import Sequence

from automl_tl.errors import DatasetError

__all__ = ["looks_like_lists", "read_sets"]

_SEPARATORS = ("|", ";")
_LOOKED_AT = 100


def looks_like_lists(cells: Sequence[str]) -> bool:
    """Return whether all cells, or the first hundred, are JSON lists."""
    return bool(cells) and all(_json_list(cell) is not None for cell in cells[:_LOOKED_AT])


def read_sets(cells: Sequence[str], column: str, row_ids: Sequence[str]) -> list[frozenset[str] | None]:
    """Return the set of labels of each cell, None for an empty one: of that row nothing is known.

    A row to which no label applies says ``[]``.

    Raises
    ------
    DatasetError
        Where a list is not well-formed, or two separators occur.
    """
    given = [cell for cell in cells if cell and cell != "[]"]
    separator = "" if looks_like_lists(given) else _separator(cells, column, row_ids)
    return [
        None if not cell else _set_of(cell, separator, f"row {row}, column {column!r}")
        for cell, row in zip(cells, row_ids, strict=True)
    ]


def _separator(cells: Sequence[str], column: str, row_ids: Sequence[str]) -> str:
    first = {mark: next((row for row, cell in enumerate(cells) if mark in cell), None) for mark in _SEPARATORS}
    used = {mark: row for mark, row in first.items() if row is not None}
    if len(used) > 1:
        where = ", ".join(f"{mark!r} in row {row_ids[row]}" for mark, row in used.items())
        raise DatasetError(
            f"column {column!r}: two separators occur ({where}); separate labels by one of them throughout",
            field="target",
        )
    return next(iter(used), _SEPARATORS[0])


def _set_of(cell: str, separator: str, where: str) -> frozenset[str]:
    if cell == "[]":
        return frozenset()
    if separator:
        return frozenset(label for part in cell.split(separator) if (label := part.strip()))
    labels = _json_list(cell)
    if labels is None:
        raise DatasetError(
            f"{where}: {cell:.60} is not a JSON list of labels, as the first cells are; write it as "
            '["a", "b"], or [] where no label applies',
            field="target",
        )
    return frozenset(label for entry in labels if (label := str(entry).strip()))


def _json_list(cell: str) -> list[object] | None:
    if not cell.startswith("["):
        return None
    try:
        found = json.loads(cell)
    except ValueError:
        return None
    plain = isinstance(found, list) and all(isinstance(entry, str | int | float) for entry in found)
    return found if plain else None
