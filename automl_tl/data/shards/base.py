"""What a shard format must be able to do, and what comes out of a shard; one file and registration per format."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import IO, Protocol

from automl_tl.data.dataset import Example
from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import Modality
from automl_tl.data.modalities.pixels import UnreadableImage, read_image
from automl_tl.errors import DatasetError
from automl_tl.registry import Registry

__all__ = [
    "Columns",
    "Layout",
    "OpenBlock",
    "Record",
    "ScannedRows",
    "Shard",
    "ShardFormat",
    "decoded",
    "list_shards",
    "read_shard",
    "shard_formats",
]


@dataclass(frozen=True)
class Columns:
    """Where inputs and labels stand; formats without columns do not look at it."""

    inputs: str = "image"
    label: str = "label"


@dataclass(frozen=True)
class Shard:
    """One file: its address as fsspec reads it, such as ``s3://bucket/train-0001.parquet``, and its format."""

    url: str
    format: str
    columns: Columns = Columns()


@dataclass(frozen=True)
class Record:
    """One row as it is stored: ``key`` is unique in the data set, ``value`` an encoded image or a text."""

    key: str
    value: bytes | str
    label: str


@dataclass(frozen=True)
class Layout:
    """What the rows of all shards of a data set hold.

    Attributes
    ----------
    modality
        Name of the modality of the inputs.
    inputs
        Column with the inputs; "" where the format has none.
    columns
        The other columns that can be read as cells, in order.
    set_aside
        Columns that cannot, as in :class:`automl_tl.data.dataset.Dataset`.
    types
        Type of every column by name, which all shards share; {} where the format has none.
    """

    modality: str
    inputs: str = ""
    columns: tuple[str, ...] = ()
    set_aside: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ScannedRows:
    """Some rows of a shard as a scan meets them, n of everything.

    Attributes
    ----------
    keys
        What people call the rows: shard and key or number.
    values
        Inputs as they are stored; None for a row without one.
    cells
        Other columns by name; rows without a value have "".
    positions, lengths
        Where :meth:`OpenBlock.value` finds the input.
    block, block_bytes
        Number of the block within the shard and the memory it takes; -1 where rows are read by themselves.
    """

    keys: Sequence[str]
    values: Sequence[bytes | str | None]
    cells: Mapping[str, Sequence[str]]
    positions: Sequence[int]
    lengths: Sequence[int]
    block: int = -1
    block_bytes: int = 0


class OpenBlock(Protocol):
    """What is kept of a shard while rows of it are read."""

    def value(self, position: int, length: int) -> bytes | str:
        """Return an input as it is stored."""

    def close(self) -> None:
        """Let go of files."""


class ShardFormat(ABC):
    """Reads one kind of shard from its beginning to its end, in bounded memory."""

    name: str
    suffixes: tuple[str, ...]
    """Endings of its files, in lower case."""

    @abstractmethod
    def read(self, file: IO[bytes], shard: Shard, limits: Limits) -> Iterator[Record]:
        """Yield the rows in order.

        Raises
        ------
        DatasetError
            Naming shard and rule, if it cannot be read.
        LimitExceeded
            Beyond ``limits``.
        """

    @abstractmethod
    def layout(self, path: Path, name: str, choices: Sequence[Modality], input_column: str, target: str) -> Layout:
        """Return what the rows of a shard hold; ``name`` is what messages call it.

        Parameters
        ----------
        choices
            Modalities that the inputs may have.
        input_column
            Column with the inputs, "" finds out; ``target`` is never taken for it.

        Raises
        ------
        DatasetError
            If it cannot be read, or nothing in it is an input.
        """

    @abstractmethod
    def scan(self, path: Path, name: str, layout: Layout, limits: Limits) -> Iterator[ScannedRows]:
        """Yield all rows in order, some at a time; raises DatasetError or LimitExceeded naming the shard."""

    @abstractmethod
    def open(self, path: Path, name: str, inputs: str, block: int) -> OpenBlock:
        """Return the block of a shard, or the shard for rows without blocks; raises DatasetError naming it."""


def _load_builtin() -> None:
    for name in ("parquet", "webdataset"):
        import_module(f"automl_tl.data.shards.{name}")


shard_formats: Registry[ShardFormat] = Registry("shard_format", _load_builtin)


def list_shards(pattern: str, *, columns: Columns | None = None) -> tuple[Shard, ...]:
    """Return the shards that a path or URL with ``*`` names, sorted by address.

    Whoever calls this may read what the process may read: it is not for addresses that clients send.

    Raises
    ------
    DatasetError
        If there is none, or a file is of no known format.
    """
    import fsspec

    system, _, found = fsspec.get_fs_token_paths(pattern)
    shards = tuple(
        Shard(system.unstrip_protocol(path), _format_of(path), columns or Columns()) for path in sorted(found)
    )
    if not shards:
        raise DatasetError(f"uri: no file matches {pattern!r:.200}", field="uri")
    return shards


def read_shard(shard: Shard, limits: Limits | None = None) -> Iterator[Record]:
    """Yield the rows of one shard, from wherever it lies; raises as :meth:`ShardFormat.read` does."""
    import fsspec

    try:
        with fsspec.open(shard.url, "rb") as file:
            yield from shard_formats.get(shard.format).read(file, shard, limits or Limits())
    except OSError as error:
        raise DatasetError(f"{shard.url}: cannot be read ({error})") from None


def decoded(record: Record, limits: Limits | None = None) -> Example:
    """Return what a model's preprocessing takes: uint8 pixels (height, width, 3) of bytes, or the text.

    Raises
    ------
    DatasetError
        Naming the row.
    """
    if isinstance(record.value, str):
        return record.value
    try:
        return read_image(io.BytesIO(record.value), limits)
    except UnreadableImage as error:
        raise DatasetError(f"row {record.key}: {error}", field=record.key) from None


def _format_of(path: str) -> str:
    for name in shard_formats.names():
        if path.lower().endswith(shard_formats.get(name).suffixes):
            return name
    known = ", ".join(suffix for name in shard_formats.names() for suffix in shard_formats.get(name).suffixes)
    raise DatasetError(f"uri: {path!r:.200} is no shard; known endings: {known}", field="uri")
