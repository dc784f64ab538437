"""Content-addressed files: a blob's name is the SHA-256 of its bytes, so it never changes."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from automl_tl.errors import DataCorrupted, InvalidInput

__all__ = ["Blob", "BlobStore", "blob_key"]

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Blob:
    """A stored blob: ``sha256`` as 64 hex digits and its size in bytes."""

    sha256: str
    size_bytes: int


def blob_key(sha256: str) -> str:
    """Return where a blob lies below its store, ``ab/cd/abcd...``; raises InvalidInput if this is no digest."""
    if re.fullmatch(r"[0-9a-f]{64}", sha256) is None:
        raise InvalidInput(f"a blob's name must be 64 hex digits but got {sha256!r}", field="sha256")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


class BlobStore(ABC):
    """Blobs in one place; a blob appears under its name whole or not at all.

    Every method raises Unavailable while the place is away or full, so that the same call may work in a moment.
    ``automl_tl.testing.blob_store`` holds the contract as tests.
    """

    @abstractmethod
    def exists(self, sha256: str) -> bool:
        """Return whether the blob is stored."""

    @abstractmethod
    def put_bytes(self, data: bytes) -> Blob:
        """Store ``data`` and return its blob."""

    @abstractmethod
    def put_file(self, path: Path) -> Blob:
        """Store a copy of a file and return its blob."""

    @abstractmethod
    def adopt(self, path: Path, sha256: str) -> Blob:
        """Store a file whose digest the caller has just computed, without a copy where that is possible.

        Parameters
        ----------
        path
            A file that nobody writes to any more; it stays.
        """

    @abstractmethod
    def open(self, sha256: str, *, verify: bool = False) -> BinaryIO:
        """Open a blob for reading; the file can seek.

        Raises
        ------
        NotFound
            If there is no such blob.
        DataCorrupted
            If ``verify`` is set and the bytes do not match their name.
        """

    @abstractmethod
    def local(self, sha256: str, scratch: Path) -> Path:
        """Return a path with the blob's bytes, checked: where the blob lies, or a copy in ``scratch``.

        Raises
        ------
        NotFound
            If there is no such blob.
        DataCorrupted
            If the bytes do not match their name.
        """

    @abstractmethod
    def delete(self, sha256: str) -> bool:
        """Erase a blob; returns whether there was one."""

    @abstractmethod
    def digests(self, *, older_than_seconds: float = 0.0) -> Iterator[str]:
        """Yield the digest of every stored blob that was stored at least so long ago."""

    @abstractmethod
    def sweep(self, *, older_than_seconds: float = 3600.0) -> int:
        """Erase what interrupted writes left behind; returns how many leftovers there were."""

    def verify(self, sha256: str) -> None:
        """Read the whole blob; raises NotFound, or DataCorrupted if its bytes do not match its name."""
        self._read(sha256, lambda chunk: None)

    def copy(self, sha256: str, target: Path) -> Path:
        """Write a blob's bytes to ``target``, checked on the way; raises NotFound or DataCorrupted."""
        try:
            with target.open("wb") as handle:
                self._read(sha256, handle.write)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return target

    def _read(self, sha256: str, take: Callable[[bytes], object]) -> None:
        digest = hashlib.sha256()
        with self.open(sha256) as handle:
            while chunk := handle.read(_CHUNK):
                digest.update(chunk)
                take(chunk)
        if digest.hexdigest() != sha256:
            raise DataCorrupted(
                f"blob {sha256} has the digest {digest.hexdigest()}; restore it from a backup or delete it"
            )
