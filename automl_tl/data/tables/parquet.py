"""Parquet tables, read with pyarrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from automl_tl.data.limits import Limits
from automl_tl.data.tables.base import check_header
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["read"]


def read(path: Path, limits: Limits) -> dict[str, list[Any]]:
    """Return the columns of a Parquet file with its values as Python has them."""
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
    return {name: table.column(place).to_pylist() for place, name in enumerate(header)}
