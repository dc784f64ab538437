"""Content-addressed files: a blob's name is the SHA-256 of its bytes, so it never changes."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from automl_tl import names
from automl_tl.errors import DataCorrupted, InvalidInput, NotFound

__all__ = ["Blob", "BlobStore"]

_CHUNK = 1 << 20
_PLACE_ATTEMPTS = 10


@dataclass(frozen=True)
class Blob:
    """A stored blob: ``sha256`` as 64 hex digits and its size in bytes."""

    sha256: str
    size_bytes: int


class BlobStore:
    """Blobs below one directory as ``ab/cd/abcd...``.

    A blob appears under its name whole or not at all: it is written to a temporary file, flushed to disk and
    renamed. What a crash leaves behind lies in ``tmp/`` and is swept by :meth:`sweep`.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._temporary = directory / "tmp"
        self._temporary.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Return where the blob lies or would lie; raises InvalidInput if this is no digest."""
        if re.fullmatch(r"[0-9a-f]{64}", sha256) is None:
            raise InvalidInput(f"a blob's name must be 64 hex digits but got {sha256!r}", field="sha256")
        return self.directory / sha256[:2] / sha256[2:4] / sha256

    def exists(self, sha256: str) -> bool:
        """Return whether the blob is stored."""
        return self.path(sha256).is_file()

    def put_bytes(self, data: bytes) -> Blob:
        """Store ``data`` and return its blob."""
        return self._put(iter((data,)))

    def put_file(self, path: Path) -> Blob:
        """Store a copy of a file and return its blob."""
        with path.open("rb") as handle:
            return self._put(iter(lambda: handle.read(_CHUNK), b""))

    def adopt(self, path: Path, sha256: str) -> Blob:
        """Store a file of the same file system without copying it.

        Parameters
        ----------
        path
            A file that nobody writes to any more; it stays, and shares its bytes with the blob.
        sha256
            Its digest, which the caller has just computed.
        """
        final = self.path(sha256)
        with path.open("rb") as handle:
            os.fsync(handle.fileno())
        path.chmod(0o400)
        os.utime(path)
        temporary = self._temporary / uuid.uuid4().hex
        temporary.hardlink_to(path)
        try:
            self._place(temporary, final)
        finally:
            # Renaming onto another name of the same bytes does nothing and leaves both names.
            temporary.unlink(missing_ok=True)
        return Blob(sha256, path.stat().st_size)

    def open(self, sha256: str, *, verify: bool = False) -> BinaryIO:
        """Open a blob for reading.

        Raises
        ------
        NotFound
            If there is no such blob.
        DataCorrupted
            If ``verify`` is set and the bytes do not match their name.
        """
        if verify:
            self.verify(sha256)
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound(f"there is no blob {sha256}") from None

    def verify(self, sha256: str) -> None:
        """Read the whole blob; raises NotFound, or DataCorrupted if its bytes do not match its name."""
        try:
            found = names.digest_file(self.path(sha256))
        except FileNotFoundError:
            raise NotFound(f"there is no blob {sha256}") from None
        if found != sha256:
            raise DataCorrupted(f"blob {sha256} has the digest {found}; restore it from a backup or delete it")

    def delete(self, sha256: str) -> bool:
        """Erase a blob; returns whether there was one."""
        path = self.path(sha256)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        for directory in (path.parent, path.parent.parent):
            try:
                directory.rmdir()
            except OSError:
                break
        return True

    def digests(self, *, older_than_seconds: float = 0.0) -> Iterator[str]:
        """Yield the digest of every stored blob that was stored at least so long ago."""
        limit = time.time() - older_than_seconds
        for path in self.directory.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime <= limit:
                    yield path.name

    def sweep(self, *, older_than_seconds: float = 3600.0) -> int:
        """Erase temporary files that a crash left behind; returns how many."""
        limit = time.time() - older_than_seconds
        count = 0
        for path in self._temporary.iterdir():
            if path.stat().st_mtime <= limit:
                path.unlink(missing_ok=True)
                count += 1
        return count

    def _put(self, chunks: Iterator[bytes]) -> Blob:
        digest = hashlib.sha256()
        size = 0
        descriptor, name = tempfile.mkstemp(dir=self._temporary)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as handle:
                for chunk in chunks:
                    digest.update(chunk)
                    size += handle.write(chunk)
                handle.flush()
                os.fsync(handle.fileno())
            temporary.chmod(0o400)
            self._place(temporary, self.path(digest.hexdigest()))
        finally:
            temporary.unlink(missing_ok=True)
        return Blob(digest.hexdigest(), size)

    def _place(self, temporary: Path, final: Path) -> None:
        for attempt in range(_PLACE_ATTEMPTS):
            final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                temporary.rename(final)
                break
            except FileNotFoundError:
                # A concurrent delete() may have removed the empty directory between the two calls.
                if attempt == _PLACE_ATTEMPTS - 1:
                    raise
        # Every new directory entry on the way down must be on disk before a row may point at the blob.
        for directory in (final.parent, final.parent.parent, self.directory):
            _sync_directory(directory)


def _sync_directory(directory: Path) -> None:
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
