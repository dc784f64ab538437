"""JSONL tables: one JSON object per line, its keys are the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from automl_tl.data.limits import Limits
from automl_tl.data.tables.base import check_header
from automl_tl.data.tables.text_file import read_utf8
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["read"]


def read(path: Path, limits: Limits) -> dict[str, list[Any]]:
    """Return the columns of a JSONL file in order of first appearance; missing keys become None."""
    records: list[dict[str, Any]] = []
    names: dict[str, None] = {}
    for record in _records(path):
        records.append(record)
        names.update(dict.fromkeys(record))
        if len(records) > limits.max_rows:
            raise LimitExceeded(f"{path.name}: the table has more than max_rows = {limits.max_rows} rows")
    header = check_header(list(names), path.name, limits)
    if not records:
        raise DatasetError(f"{path.name}: the file is empty; write one JSON object per line")
    return {name: [record.get(key) for record in records] for name, key in zip(header, names, strict=True)}


def _records(path: Path) -> Iterator[dict[str, Any]]:
    # Only "\n" separates lines: str.splitlines would also cut at U+2028 inside a string.
    for line_number, line in enumerate(read_utf8(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, object_pairs_hook=_without_twins)
        except (ValueError, RecursionError) as error:
            raise DatasetError(
                f"{path.name}, line {line_number}: {error}; write one JSON object per line"
            ) from None
        if not isinstance(record, dict):
            kind = type(record).__name__
            raise DatasetError(f"{path.name}, line {line_number}: a line must be a JSON object but is a {kind}")
        yield record


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twin!r} stands twice")
    return record
