"""Parquet shards: an input per row as bytes or text (or as Hugging Face's ``{bytes, path}``), and its cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import Modality
from automl_tl.data.shards.base import Layout, ScannedRows, ShardFormat, shard_formats
from automl_tl.data.shards.parquet_layout import parquet_layout
from automl_tl.data.tables.values import NestedValue, read_cells
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["ParquetShards"]

_ROWS = 256
"""Rows that are decoded at once."""


class ParquetShards(ShardFormat):
    """Reads row group by row group; only one of them, of the columns that are wanted, is in memory."""

    name = "parquet"
    suffixes = (".parquet",)

    def layout(self, path: Path, name: str, choices: Sequence[Modality], input_column: str, target: str) -> Layout:
        """Return which column holds the inputs, and which others there are."""
        with _opened(path, name) as file:
            return parquet_layout(file, path.parent, name, choices, input_column, target)

    def scan(self, path: Path, name: str, layout: Layout, limits: Limits) -> Iterator[ScannedRows]:
        """Yield rows of one row group at a time; it is a block."""
        with _opened(path, name) as file:
            _check_groups(file.metadata, name, limits)
            done = 0
            for group in range(file.metadata.num_row_groups):
                size, place = file.metadata.row_group(group).total_byte_size, 0
                for batch in file.iter_batches(
                    batch_size=_ROWS,
                    row_groups=[group],
                    columns=[layout.inputs, *layout.columns],
                    use_threads=False,
                ):
                    count = batch.num_rows
                    values = [_stored(value) for value in batch.column(layout.inputs).to_pylist()]
                    yield ScannedRows(
                        keys=[f"{name}:{done + number}" for number in range(1, count + 1)],
                        values=values,
                        cells={column: _cells(batch, column, name, done) for column in layout.columns},
                        positions=range(place, place + count),
                        lengths=[len(value or "") for value in values],
                        block=group,
                        block_bytes=size,
                    )
                    done, place = done + count, place + count

    def open(self, path: Path, name: str, inputs: str, block: int) -> _RowGroup:
        """Return the inputs of a row group."""
        with _opened(path, name) as file:
            return _RowGroup(file.read_row_group(block, columns=[inputs], use_threads=False).column(0))


class _RowGroup:
    """The inputs of a row group as they are stored."""

    def __init__(self, column: Any) -> None:
        self._column = column

    def value(self, position: int, length: int) -> bytes | str:
        """Return an input by its place in the row group."""
        found = _stored(self._column[position].as_py())
        assert found is not None  # rows without an input are left out
        return found

    def close(self) -> None:
        """Nothing is open: the row group is in memory."""


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Any]:
    """Open a Parquet file; what goes wrong with it is told by its name."""
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (pyarrow.ArrowException, OSError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise DatasetError(f"{name}: not a readable Parquet file ({first})", field=name) from None


def _cells(batch: Any, column: str, name: str, before: int) -> tuple[str, ...]:
    try:
        return read_cells(batch.column(column).to_pylist(), column)
    except NestedValue as error:
        raise DatasetError(f"{name}, after row {before}: {error}", field=column) from None


def _stored(value: Any) -> bytes | str | None:
    """Return the input of a row; Hugging Face stores images as objects of bytes and path."""
    found = value.get("bytes") if isinstance(value, dict) else value
    return found if isinstance(found, bytes | str) and found else None


def _check_groups(metadata: Any, name: str, limits: Limits) -> None:
    """Refuse a row group that would not fit: it is the least that can be read at once."""
    largest = max(
        (metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups)), default=0
    )
    most = min(limits.max_bytes, limits.max_block_bytes)
    if largest > most:
        raise LimitExceeded(
            f"{name}: a row group of {largest} bytes is more than max_block_bytes = {most}; write it with a "
            "smaller row_group_size"
        )


shard_formats.register(ParquetShards.name, ParquetShards())
