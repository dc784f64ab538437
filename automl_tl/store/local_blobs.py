"""Blobs below one directory of this machine: written to a temporary file, flushed to disk, renamed."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from automl_tl.errors import NotFound, Unavailable
from automl_tl.store.blobs import Blob, BlobStore, blob_key
from automl_tl.store.storage_errors import storage_is_unavailable

__all__ = ["LocalBlobStore"]

_CHUNK = 1 << 20
_PLACE_ATTEMPTS = 10
_NO_LINK = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP)
"""Another file system, or one without hard links."""


class LocalBlobStore(BlobStore):
    """Blobs below one directory as ``ab/cd/abcd...``; what a crash leaves behind lies in ``tmp/``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._temporary = directory / "tmp"
        self._temporary.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Return where the blob lies or would lie; raises InvalidInput if this is no digest."""
        return self.directory / blob_key(sha256)

    def exists(self, sha256: str) -> bool:
        """Return whether the blob is stored."""
        return self.path(sha256).is_file() or self._is_missing()

    def put_bytes(self, data: bytes) -> Blob:
        """Store ``data`` and return its blob."""
        return self._put(iter((data,)))

    def put_file(self, path: Path) -> Blob:
        """Store a copy of a file and return its blob."""
        with path.open("rb") as handle:
            return self._put(iter(lambda: handle.read(_CHUNK), b""))

    def adopt(self, path: Path, sha256: str) -> Blob:
        """Store a file; on the same file system the blob shares its bytes."""
        final = self.path(sha256)
        temporary = self._temporary / uuid.uuid4().hex
        with storage_is_unavailable("the blob store"):
            try:
                temporary.hardlink_to(path)
            except OSError as error:
                if error.errno not in _NO_LINK:
                    raise
                return self.put_file(path)
            try:
                with path.open("rb") as handle:
                    os.fsync(handle.fileno())
                path.chmod(0o400)
                os.utime(path)
                self._place(temporary, final)
            finally:
                # Renaming onto another name of the same bytes does nothing and leaves both names.
                temporary.unlink(missing_ok=True)
            return Blob(sha256, path.stat().st_size)

    def open(self, sha256: str, *, verify: bool = False) -> BinaryIO:
        """Open a blob for reading; raises NotFound, or with ``verify`` DataCorrupted."""
        if verify:
            self.verify(sha256)
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            self._is_missing()
            raise NotFound(f"there is no blob {sha256}") from None

    def local(self, sha256: str, scratch: Path) -> Path:
        """Return where the blob lies, its bytes checked."""
        self.verify(sha256)
        return self.path(sha256)

    def delete(self, sha256: str) -> bool:
        """Erase a blob; returns whether there was one."""
        path = self.path(sha256)
        try:
            path.unlink()
        except FileNotFoundError:
            return self._is_missing()
        for directory in (path.parent, path.parent.parent):
            try:
                directory.rmdir()
            except OSError:
                break
        return True

    def digests(self, *, older_than_seconds: float = 0.0) -> Iterator[str]:
        """Yield the digest of every blob whose file was written at least so long ago."""
        limit = time.time() - older_than_seconds
        for path in self.directory.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime <= limit:
                    yield path.name

    def sweep(self, *, older_than_seconds: float = 3600.0) -> int:
        """Erase temporary files that a crash left behind; returns how many."""
        limit = time.time() - older_than_seconds
        count = 0
        with storage_is_unavailable("the blob store"):
            for path in self._temporary.iterdir():
                # Whoever wrote it may be done with it at this moment.
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime <= limit:
                        path.unlink()
                        count += 1
        return count

    def _is_missing(self) -> bool:
        """Return False, or raise Unavailable if not one blob but the whole store is gone."""
        if not self._temporary.is_dir():
            raise Unavailable("the blob store's directory is away for the moment; try again")
        return False

    def _put(self, chunks: Iterator[bytes]) -> Blob:
        with storage_is_unavailable("the blob store"):
            return self._write(chunks)

    def _write(self, chunks: Iterator[bytes]) -> Blob:
        digest = hashlib.sha256()
        size = 0
        self._is_missing()
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
