"""A zip file whose list of entries is counted before Python makes an object of each."""

from __future__ import annotations

import os
from typing import IO

from automl_tl.data.limits import Limits
from automl_tl.errors import LimitExceeded

__all__ = ["BoundedDirectory"]

_SIGNATURE = b"PK\x01\x02"
_PIECE = 1 << 20
_LONGEST_DIRECTORY = 64 << 20


class BoundedDirectory:
    """Forwards to ``stream``, but looks at a long read before it is made.

    zipfile reads the whole central directory in one call, the only long one, and keeps about 600 bytes for each
    entry: an archive of a hundred megabytes may list millions.

    Parameters
    ----------
    stream
        A zip file opened for reading.
    name
        What it is called in errors.
    """

    def __init__(self, stream: IO[bytes], limits: Limits, name: str) -> None:
        self._stream = stream
        self._limits = limits
        self._name = name

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes; raises LimitExceeded if they would list too many entries."""
        if size < 0 or size > _PIECE:
            self._count(size)
        return self._stream.read(size)

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        """Seek."""
        return self._stream.seek(position, whence)

    def tell(self) -> int:
        """Return the present position."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """Whether seeks are supported: always."""
        return True

    def _count(self, size: int) -> None:
        start = self._stream.tell()
        left = self._stream.seek(0, os.SEEK_END) - start
        left = left if size < 0 else min(left, size)
        self._stream.seek(start)
        if left > _LONGEST_DIRECTORY:
            raise LimitExceeded(
                f"{self._name}: its list of entries has {left} bytes; at most {_LONGEST_DIRECTORY}"
            )
        count, tail = 0, b""
        while left > 0 and (piece := self._stream.read(min(left, _PIECE))):
            left -= len(piece)
            # A signature may lie across two pieces.
            window = tail + piece
            count += window.count(_SIGNATURE)
            tail = window[-3:]
            if count > self._limits.max_files:
                raise LimitExceeded(f"{self._name}: more than max_files = {self._limits.max_files} entries")
        self._stream.seek(start)
