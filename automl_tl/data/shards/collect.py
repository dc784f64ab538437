"""What a pass over shards keeps: a few bytes and a word of a list per row, and none of the inputs."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.shards.base import ScannedRows
from automl_tl.data.shards.stored import Addresses

__all__ = ["CellCollector", "RowCollector"]

_MOST_VALUES = 100_000
"""Different values of a column that is kept; ids and names of files would cost more than all labels. Numbers may
have as many as they like: a column of them can be what is predicted."""


class CellCollector:
    """The columns so far; a column that turns up late has "" before."""

    def __init__(self, most_values: int = _MOST_VALUES) -> None:
        self._most_values = most_values
        self._words: dict[str, dict[str, int]] = {}
        self._codes: dict[str, array[int]] = {}
        self._rows = 0
        self.set_aside: dict[str, str] = {}

    @property
    def names(self) -> set[str]:
        """Columns that have turned up."""
        return set(self._words)

    def take(self, cells: Mapping[str, Sequence[str]], count: int) -> None:
        """Take in the cells of ``count`` more rows."""
        for name in cells:
            if name not in self._words and name not in self.set_aside:
                self._words[name], self._codes[name] = {"": 0}, array("i", [0]) * self._rows
        for name, words in list(self._words.items()):
            codes = self._codes[name]
            if name in cells:
                codes.extend(words.setdefault(cell, len(words)) for cell in cells[name])
            else:
                codes.extend(array("i", [0]) * count)
            if len(words) > self._most_values and not _is_number(next(reversed(words))):
                self.set_aside[name] = f"was left out: it has more than {self._most_values} different values"
                del self._words[name], self._codes[name]
        self._rows += count

    def columns(self, kept: NDArray[np.bool_]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each column, of the rows that are kept; equal cells are one object."""
        for name, words in self._words.items():
            table = tuple(words)
            yield (
                name,
                tuple(table[code] for code in np.frombuffer(self._codes[name], dtype=np.int32)[kept].tolist()),
            )


class RowCollector:
    """Where the rows so far stand, and which of them are usable."""

    def __init__(self) -> None:
        self._shard, self._number, self._length = array("i"), array("i"), array("i")
        self._position, self._block = array("q"), array("q")
        self._places, self._bytes = array("q"), array("q")
        self._usable = array("b")

    def __len__(self) -> int:
        return len(self._shard)

    def take(self, shard: int, first: int, rows: ScannedRows, usable: Sequence[bool]) -> None:
        """Take in rows of a shard; ``first`` is the number of the first of them, from 1."""
        count = len(usable)
        self._shard.extend([shard] * count)
        self._number.extend(range(first, first + count))
        self._position.extend(rows.positions)
        self._length.extend(rows.lengths)
        self._usable.extend(usable)
        if rows.block < 0:
            return
        if first == 1 or not self._places or self._places[-1] != rows.block:
            self._places.append(rows.block)
            self._bytes.append(rows.block_bytes)
        self._block.extend([len(self._places) - 1] * count)

    def kept(self) -> NDArray[np.bool_]:
        """Return which rows are usable (N,)."""
        return np.frombuffer(self._usable, dtype=np.int8).astype(np.bool_)

    def addresses(self, shards: Sequence[str], formats: Sequence[str]) -> Addresses:
        """Return where the usable rows stand."""
        kept = self.kept()
        return Addresses(
            tuple(shards),
            tuple(formats),
            shard=np.frombuffer(self._shard, dtype=np.int32)[kept],
            number=np.frombuffer(self._number, dtype=np.int32)[kept],
            position=np.frombuffer(self._position, dtype=np.int64)[kept],
            length=np.frombuffer(self._length, dtype=np.int32)[kept],
            block=np.frombuffer(self._block, dtype=np.int64)[kept] if len(self._block) else None,
            block_place=np.frombuffer(self._places, dtype=np.int64).copy(),
            block_bytes=np.frombuffer(self._bytes, dtype=np.int64).copy(),
        )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
