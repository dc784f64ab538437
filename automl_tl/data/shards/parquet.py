"""Parquet shards: an input per row as bytes or text (or as Hugging Face's ``{bytes, path}``), and a label."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Any

from automl_tl.data.limits import Limits
from automl_tl.data.shards.base import Record, Shard, ShardFormat, shard_formats
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["ParquetShards"]

_ROWS = 256
"""Rows that are decoded at once."""


class ParquetShards(ShardFormat):
    """Reads row group by row group; only one of them, of the two columns, is in memory."""

    name = "parquet"
    suffixes = (".parquet",)

    def read(self, file: IO[bytes], shard: Shard, limits: Limits) -> Iterator[Record]:
        """Yield the rows; keys are ``file:row``, rows counted from 1."""
        import pyarrow
        from pyarrow import parquet

        name, wanted = PurePosixPath(shard.url).name, [shard.columns.inputs, shard.columns.label]
        try:
            table = parquet.ParquetFile(file)
            missing = [column for column in wanted if column not in table.schema_arrow.names]
            if missing:
                known = ", ".join(table.schema_arrow.names)
                raise DatasetError(f"{name} has no column {missing[0]!r}; it has {known}", field=missing[0])
            _check_groups(table.metadata, name, limits)
            row = 0
            for batch in table.iter_batches(batch_size=_ROWS, columns=wanted, use_threads=False):
                for value, label in zip(*(batch.column(column).to_pylist() for column in wanted), strict=True):
                    row += 1
                    yield Record(
                        f"{name}:{row}", _input(value, f"{name}:{row}"), "" if label is None else str(label)
                    )
        except pyarrow.ArrowException as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise DatasetError(f"{name}: not a readable Parquet file ({first})") from None


def _check_groups(metadata: Any, name: str, limits: Limits) -> None:
    """Refuse a row group that would not fit: it is the least that can be read at once."""
    largest = max(
        (metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups)), default=0
    )
    if largest > limits.max_bytes:
        raise LimitExceeded(f"{name}: a row group of {largest} bytes is more than max_bytes = {limits.max_bytes}")


def _input(value: Any, key: str) -> bytes | str:
    found = value.get("bytes") if isinstance(value, dict) else value
    if isinstance(found, bytes | str):
        return found
    raise DatasetError(f"row {key}: the input must be bytes or text but is {type(found).__name__}", field=key)


shard_formats.register(ParquetShards.name, ParquetShards())
