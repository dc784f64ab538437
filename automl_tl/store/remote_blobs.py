"""Blobs in an object store, through fsspec: S3 and what speaks its protocol, Google Cloud, Azure."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from automl_tl import names
from automl_tl.errors import InvalidInput, Unavailable
from automl_tl.filesystems import open_filesystem
from automl_tl.store.blobs import Blob, BlobStore, blob_key
from automl_tl.store.storage_errors import away_is_unavailable

__all__ = ["RemoteBlobStore"]

_TIMES = ("LastModified", "updated", "last_modified", "created")
_CHUNK = 1 << 20


class RemoteBlobStore(BlobStore):
    """Blobs below a prefix of a bucket as ``ab/cd/abcd...``.

    An object store shows an object whole or not at all, so there are no temporary files. Uploads in parts that a
    crash interrupted are its own business: give the bucket a rule that aborts them.

    Parameters
    ----------
    url
        ``s3://bucket/prefix``, ``gs://bucket/prefix`` or ``az://container/prefix``. Credentials, regions and
        endpoints come from where the provider's own tools look for them (such as ``AWS_ENDPOINT_URL``).
    options
        Further options of the driver; they outrank ours.
    """

    def __init__(self, url: str, *, options: Mapping[str, Any] | None = None) -> None:
        self._files, self._root = open_filesystem(url, what="blob_store", options=options)

    def exists(self, sha256: str) -> bool:
        """Return whether the blob is stored."""
        with away_is_unavailable():
            return self._info(sha256) is not None

    def put_bytes(self, data: bytes) -> Blob:
        """Store ``data`` and return its blob."""
        digest = names.digest_bytes(data)
        with away_is_unavailable():
            self._files.pipe_file(self._place(digest), data)
        return self._checked(Blob(digest, len(data)))

    def put_file(self, path: Path) -> Blob:
        """Store a copy of a file and return its blob."""
        return self.adopt(path, names.digest_file(path))

    def adopt(self, path: Path, sha256: str) -> Blob:
        """Store a copy of a file whose digest is known."""
        place = self._place(sha256)
        with away_is_unavailable():
            self._files.put_file(str(path), place)
        return self._checked(Blob(sha256, path.stat().st_size))

    def open(self, sha256: str, *, verify: bool = False) -> BinaryIO:
        """Open a blob for reading; raises NotFound, or with ``verify`` DataCorrupted."""
        place = self._place(sha256)
        if verify:
            self.verify(sha256)
        with away_is_unavailable(f"blob {sha256}"):
            raw = self._files.open(place, "rb", block_size=4 * _CHUNK, cache_type="readahead")
        return cast(BinaryIO, _Reading(raw, sha256))

    def local(self, sha256: str, scratch: Path) -> Path:
        """Return a copy in ``scratch``, its bytes checked while they come."""
        return self.copy(sha256, scratch / sha256)

    def delete(self, sha256: str) -> bool:
        """Erase a blob; returns whether there was one."""
        with away_is_unavailable():
            if self._info(sha256) is None:
                return False
            self._files.rm_file(self._place(sha256))
            return True

    def digests(self, *, older_than_seconds: float = 0.0) -> Iterator[str]:
        """Yield the digest of every blob that was stored at least so long ago, by the object store's own clock."""
        limit = time.time() - older_than_seconds
        # One listing for each of up to 256 prefixes: a single one of a large store would not fit into memory.
        for prefix in self._prefixes():
            with away_is_unavailable():
                found = self._files.find(prefix, detail=True)
            for place, info in sorted(found.items()):
                digest = place.rpartition("/")[2]
                if _is_place(place, digest) and _stored_at(info) <= limit:
                    yield digest

    def sweep(self, *, older_than_seconds: float = 3600.0) -> int:
        """Return 0: an interrupted write leaves nothing under a name."""
        return 0

    def _prefixes(self) -> list[str]:
        with away_is_unavailable():
            try:
                found = sorted(info["name"] for info in self._files.ls(self._root, detail=True))
            except FileNotFoundError:
                # Nothing was stored yet. A bucket that is missing says the same; every other call tells it apart.
                return []
        # What else may lie beside the blobs, such as a work store, can be large too.
        return [name for name in found if re.fullmatch(r"[0-9a-f]{2}", name.rstrip("/").rpartition("/")[2])]

    def _place(self, sha256: str) -> str:
        return f"{self._root}/{blob_key(sha256)}"

    def _info(self, sha256: str) -> Mapping[str, Any] | None:
        try:
            info = self._files.info(self._place(sha256))
        except FileNotFoundError:
            return None
        return info if info.get("type") == "file" else None

    def _checked(self, blob: Blob) -> Blob:
        """Make sure that what is there now is as long as what was sent."""
        with away_is_unavailable():
            info = self._info(blob.sha256)
        if info is None or info["size"] != blob.size_bytes:
            raise Unavailable(f"the object store did not keep blob {blob.sha256}; try again")
        return blob


class _Reading(io.BufferedReader):
    """A blob being read; what breaks on the way is told in our words."""

    def __init__(self, raw: Any, sha256: str) -> None:
        super().__init__(_Raw(raw, sha256), buffer_size=_CHUNK)


class _Raw(io.RawIOBase):
    def __init__(self, source: Any, sha256: str) -> None:
        self._source = source
        self._sha256 = sha256

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._source.seek(offset, whence))

    def tell(self) -> int:
        return int(self._source.tell())

    def readinto(self, buffer: Any) -> int:
        with away_is_unavailable(f"blob {self._sha256}"):
            data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()


def _is_place(place: str, digest: str) -> bool:
    try:
        return place.endswith(f"/{blob_key(digest)}")
    except InvalidInput:
        return False


def _stored_at(info: Mapping[str, Any]) -> float:
    """Return when an object was stored, in seconds since 1970; the future where the store does not tell."""
    for name in _TIMES:
        value = info.get(name)
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, int | float):
            return float(value)
    return float("inf")
