"""What a shard format must be able to do, and what comes out of a shard; one file and registration per format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol

from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import Modality
from automl_tl.registry import Registry

__all__ = ["Layout", "OpenBlock", "ScannedRows", "ShardFormat", "shard_formats"]


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
    """Reads one kind of shard in bounded memory: all of it in order, then single rows."""

    name: str
    suffixes: tuple[str, ...]
    """Endings of its files, in lower case."""

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
