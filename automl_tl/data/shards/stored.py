"""Rows of shards as the inputs of a Dataset: each is read when it is asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset, RowIssue
from automl_tl.data.shards.base import OpenBlock, shard_formats

__all__ = ["Addresses", "ShardedInputs", "dataset_of", "moved"]

_KEPT_BYTES = 512 << 20
"""What blocks may take that a process keeps: two windows of training (finetune/windows.py), for one is begun while
another ends. With less, batches would read row groups again; with more, a trial holds what it is done with."""
_KEPT_BLOCKS = 256
"""Blocks, or open files, that a process keeps at most."""


@dataclass(frozen=True)
class Addresses:
    """Where the N rows of a data set stand.

    Attributes
    ----------
    shards
        Paths of the shards relative to the data set's root.
    formats
        Name of each shard's format.
    shard
        int32 (N,): which shard.
    number
        int32 (N,): number of the row in it, from 1.
    position, length
        int64 and int32 (N,): see :class:`automl_tl.data.shards.base.ScannedRows`.
    block
        int64 (N,): number of the row's block in the data set; None where each row is read by itself.
    block_place, block_bytes
        int64 (B,): number of each block in its shard, and the memory it takes.
    """

    shards: tuple[str, ...]
    formats: tuple[str, ...]
    shard: NDArray[np.int32]
    number: NDArray[np.int32]
    position: NDArray[np.int64]
    length: NDArray[np.int32]
    block: NDArray[np.int64] | None
    block_place: NDArray[np.int64]
    block_bytes: NDArray[np.int64]


def dataset_of(
    stored: ShardedInputs,
    *,
    modality: str,
    digest: str,
    columns: Mapping[str, tuple[str, ...]],
    issues: tuple[RowIssue, ...],
    set_aside: Mapping[str, str],
) -> Dataset:
    """Return the data set whose inputs are these rows; the rest is as :class:`Dataset` says."""
    ids = _Rows(stored)
    return Dataset(
        modality=modality,
        digest=digest,
        root=stored.root,
        inputs=_Texts(stored) if modality == "text" else ids,
        row_ids=ids,
        columns=columns,
        issues=issues,
        set_aside=set_aside,
        stored=stored,
    )


def moved(dataset: Dataset, root: Path) -> Dataset:
    """Return a data set of shards as it is read from copies of them below ``root``."""
    assert isinstance(dataset.stored, ShardedInputs)
    stored = ShardedInputs(root, dataset.stored.column, dataset.stored.addresses)
    ids = _Rows(stored)
    inputs = _Texts(stored) if isinstance(dataset.inputs, _Texts) else ids
    return replace(dataset, root=root, stored=stored, inputs=inputs, row_ids=ids)


class ShardedInputs:
    """Implements :class:`automl_tl.data.dataset.StoredInputs`; it travels to other processes without what it read.

    Every process must see the shards under the same path, or be given those of its own by :func:`moved`.

    Parameters
    ----------
    column
        Column with the inputs, "" where the format has none.
    """

    def __init__(self, root: Path, column: str, addresses: Addresses) -> None:
        self.root, self.column, self.addresses = root, column, addresses
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], OpenBlock] = OrderedDict()

    def __reduce__(self) -> tuple[Any, ...]:
        return ShardedInputs, (self.root, self.column, self.addresses)

    @property
    def blocks(self) -> NDArray[np.int64] | None:
        """Number of the block of each row (N,); None where each row is read by itself."""
        return self.addresses.block

    @property
    def block_bytes(self) -> NDArray[np.int64]:
        """Memory that reading each block takes."""
        return self.addresses.block_bytes

    def read(self, indices: Sequence[int]) -> list[bytes | str]:
        """Return the inputs of these rows as they are stored, in this order; blocks are read once.

        Raises
        ------
        DatasetError
            Naming the shard that cannot be read.
        """
        where = self.addresses
        rows = np.asarray(indices, dtype=np.int64)
        blocks = where.block[rows] if where.block is not None else where.shard[rows]
        found: list[bytes | str] = [b""] * len(rows)
        with self._lock:
            for place in np.argsort(blocks, kind="stable").tolist():
                row = int(rows[place])
                block = self._open(row)
                found[place] = block.value(int(where.position[row]), int(where.length[row]))
        return found

    def address(self, row: int) -> str:
        """Return shard and number of a row, which is its id."""
        where = self.addresses
        return f"{where.shards[where.shard[row]]}:{where.number[row]}"

    def _open(self, row: int) -> OpenBlock:
        where = self.addresses
        shard, block = int(where.shard[row]), -1 if where.block is None else int(where.block[row])
        key = shard, block
        if key not in self._kept:
            self._make_room(0 if block < 0 else int(where.block_bytes[block]))
            name = where.shards[shard]
            place = -1 if block < 0 else int(where.block_place[block])
            self._kept[key] = shard_formats.get(where.formats[shard]).open(
                self.root / name, name, self.column, place
            )
        self._kept.move_to_end(key)
        return self._kept[key]

    def _make_room(self, wanted: int) -> None:
        sizes = self.addresses.block_bytes
        held = sum(int(sizes[block]) for _, block in self._kept if block >= 0)
        while self._kept and (held + wanted > _KEPT_BYTES or len(self._kept) >= _KEPT_BLOCKS):
            (_, block), oldest = self._kept.popitem(last=False)
            held -= int(sizes[block]) if block >= 0 else 0
            oldest.close()

    def __del__(self) -> None:
        with suppress(Exception):
            for block in self._kept.values():
                block.close()


class _Rows(Sequence[str]):
    """Id of each row, made when it is asked for: shard and number."""

    def __init__(self, stored: ShardedInputs) -> None:
        self._stored = stored

    def __len__(self) -> int:
        return len(self._stored.addresses.shard)

    def _one(self, row: int) -> str:
        return self._stored.address(row)

    @overload
    def __getitem__(self, row: int) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...

    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return tuple(self._one(each) for each in range(*row.indices(len(self))))
        if not -len(self) <= row < len(self):
            raise IndexError(row)
        return self._one(row % len(self))

    def __iter__(self) -> Iterator[str]:
        return (self._one(row) for row in range(len(self)))


class _Texts(_Rows):
    """The texts themselves, each read when it is asked for."""

    def _one(self, row: int) -> str:
        return str(self._stored.read([row])[0])
