"""Copies of the rows that are read again and again, as they are stored, in one file: any of them is quick to read.

A sample of a data set stands in nearly every row group of its Parquet files: whoever reads it reads all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import StoredInputs

__all__ = ["SpooledInputs", "spool"]

_AT_ONCE = 256


class SpooledInputs:
    """Implements :class:`automl_tl.data.dataset.StoredInputs`: some rows come from the copy, all others do not.

    A process that cannot see the copy reads everything where it was.

    Parameters
    ----------
    rows
        int64 (K,), ascending: those in the copy.
    ends
        int64 (K,): where each of them ends in the file.
    digest
        SHA-256 of the file.
    texts
        Whether they are texts and no bytes.
    """

    def __init__(
        self,
        base: StoredInputs,
        path: Path,
        rows: NDArray[np.int64],
        ends: NDArray[np.int64],
        digest: str,
        *,
        texts: bool,
    ) -> None:
        self.base, self.path, self.digest = base, path, digest
        self._rows, self._ends, self._texts = rows, ends, texts

    def moved(self, base: StoredInputs, path: Path) -> SpooledInputs:
        """Return the same inputs as they are read from another copy, and for the rest from another base."""
        return SpooledInputs(base, path, self._rows, self._ends, self.digest, texts=self._texts)

    @property
    def blocks(self) -> NDArray[np.int64] | None:
        """Those of the data set itself."""
        return self.base.blocks

    @property
    def block_bytes(self) -> NDArray[np.int64]:
        """Those of the data set itself."""
        return self.base.block_bytes

    def read(self, indices: Sequence[int]) -> list[bytes | str]:
        """Return the inputs of these rows as they are stored, in this order."""
        wanted = np.asarray(indices, dtype=np.int64)
        places = np.minimum(np.searchsorted(self._rows, wanted), len(self._rows) - 1)
        if not len(self._rows) or not (self._rows[places] == wanted).all():
            return self.base.read(indices)
        try:
            with self.path.open("rb") as file:
                return [self._one(file.seek, file.read, int(place)) for place in places]
        except OSError:
            return self.base.read(indices)

    def _one(self, seek: Callable[[int], int], read: Callable[[int], bytes], place: int) -> bytes | str:
        start = int(self._ends[place - 1]) if place else 0
        seek(start)
        found = read(int(self._ends[place]) - start)
        return found.decode("utf-8") if self._texts else found


def spool(
    base: StoredInputs, rows: NDArray[np.int64], path: Path, *, check: Callable[[], None] = lambda: None
) -> SpooledInputs:
    """Copy some rows into the file ``path`` in one pass over the shards.

    Parameters
    ----------
    rows
        int64 (K,), in any order.
    check
        Called now and then; may raise Cancelled.
    """
    ascending = np.unique(rows)
    lengths: list[int] = []
    digest = hashlib.sha256()
    texts = False
    with path.open("wb") as file:
        for start in range(0, len(ascending), _AT_ONCE):
            check()
            for value in base.read(ascending[start : start + _AT_ONCE].tolist()):
                texts = isinstance(value, str)
                content = value.encode("utf-8") if isinstance(value, str) else value
                file.write(content)
                digest.update(content)
                lengths.append(len(content))
    ends = np.cumsum(np.array(lengths, dtype=np.int64))
    return SpooledInputs(base, path, ascending, ends, digest.hexdigest(), texts=texts)
