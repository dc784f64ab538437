"""A read-only stream that stops before a hostile archive can fill the memory."""

from __future__ import annotations

from typing import IO

from automl_tl.errors import LimitExceeded

__all__ = ["BoundedReader"]


class BoundedReader:
    """Forwards reads and seeks to ``stream`` as long as they stay within bounds.

    tarfile reads a whole extended header in one call and takes its length from the archive; through gzip that is
    gigabytes of memory from a few kilobytes. So single reads are bounded too.

    Parameters
    ----------
    stream
        A readable, seekable binary stream.
    max_position
        Bytes from the start that may be read or seeked to.
    max_read
        Bytes of one read.
    """

    def __init__(self, stream: IO[bytes], max_position: int, max_read: int = 4 << 20) -> None:
        self._stream = stream
        self._max_position = max_position
        self._max_read = max_read

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes; raises LimitExceeded beyond the bounds."""
        if size < 0 or size > self._max_read:
            raise LimitExceeded(f"the archive has a header of {size} bytes; at most {self._max_read} are read")
        self._check(self._stream.tell() + size)
        return self._stream.read(size)

    def seek(self, position: int, whence: int = 0) -> int:
        """Seek to an absolute position; raises LimitExceeded beyond the bounds."""
        if whence != 0:
            raise ValueError("only absolute seeks are supported")
        self._check(position)
        return self._stream.seek(position)

    def tell(self) -> int:
        """Return the present position."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """Whether seeks are supported: always."""
        return True

    def _check(self, position: int) -> None:
        if position > self._max_position + self._max_read:
            raise LimitExceeded(f"the archive unpacks to more than {self._max_position} bytes")
