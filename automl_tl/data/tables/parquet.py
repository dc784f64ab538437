"""Parquet tables, read with pyarrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from automl_tl.data.limits import Limits
from automl_tl.data.tables.base import check_header
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["read"]

_RATIO_FLOOR = 64 << 20  # small tables of very regular data may compress well beyond max_ratio
_LONGEST_LIST = 64  # lists of labels are short; a hostile one has a milliard entries in a few bytes


def read(path: Path, limits: Limits) -> dict[str, list[Any]]:
    """Return the columns of a Parquet file with its values as Python has them."""
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
        # The footer knows how much there is: a hostile file is refused before anything is decoded.
        _check_footer(file.metadata, path, limits)
        header = check_header(file.schema_arrow.names, path.name, limits)
        # A text that stands in a million rows is stored once; read this way it also stays in memory once.
        texts = [field.name for field in file.schema_arrow if pyarrow.types.is_string(field.type)]
        table = parquet.ParquetFile(path, read_dictionary=texts).read(use_threads=False)
        return {name: _values(table.column(place)) for place, name in enumerate(header)}
    except (pyarrow.ArrowException, OSError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise DatasetError(f"{path.name}: not a readable Parquet file ({first})") from None


def _check_footer(metadata: Any, path: Path, limits: Limits) -> None:
    name, packed = path.name, path.stat().st_size
    if metadata.num_rows > limits.max_rows:
        raise LimitExceeded(f"{name}: {metadata.num_rows} rows are more than max_rows = {limits.max_rows}")
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    if size > limits.max_bytes:
        raise LimitExceeded(f"{name}: {size} unpacked bytes are more than max_bytes = {limits.max_bytes}")
    if size > _RATIO_FLOOR and size > packed * limits.max_ratio:
        raise LimitExceeded(
            f"{name}: {packed} packed bytes become {size}; more than max_ratio = {limits.max_ratio} times as much"
        )
    for place in range(metadata.num_columns):
        values = sum(group.column(place).num_values for group in groups)
        if values > _LONGEST_LIST * max(metadata.num_rows, 1000):
            raise LimitExceeded(
                f"{name}: column {place + 1} has {values} values in {metadata.num_rows} rows; lists may have "
                f"{_LONGEST_LIST} entries on average"
            )


def _values(column: Any) -> list[Any]:
    """Return a column's values; those of a dictionary are one object each, however many rows hold them."""
    import pyarrow

    values: list[Any] = []
    for chunk in column.chunks:
        if isinstance(chunk, pyarrow.DictionaryArray):
            words = [*chunk.dictionary.to_pylist(), None]
            values.extend(words[-1 if index is None else index] for index in chunk.indices.to_pylist())
        else:
            values.extend(chunk.to_pylist())
    return values
