"""Files below one address that every machine reaches, through fsspec: a directory or an object store."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from fsspec.implementations.local import LocalFileSystem

from automl_tl.errors import DataCorrupted, Unavailable
from automl_tl.filesystems import open_filesystem
from automl_tl.names import digest_file
from automl_tl.store.storage_errors import away_is_unavailable

__all__ = ["SharedFiles"]


class SharedFiles:
    """Files by name; one appears whole or not at all. Goes to other processes as its address, without credentials.

    Every method raises Unavailable while the place is away or full, so that the same call may work in a moment.

    Parameters
    ----------
    url
        ``s3://bucket/prefix``, ``gs://bucket/prefix``, ``az://container/prefix`` or ``file:///path``; within one
        process ``memory://name`` too. Credentials come from where the provider's own tools look for them.
    options
        Further options of fsspec's driver.
    """

    def __init__(self, url: str, *, options: Mapping[str, Any] | None = None) -> None:
        self.url = url
        self._options = dict(options or {})

    def __reduce__(self) -> tuple[Any, ...]:
        return _opened, (self.url, self._options)

    def below(self, name: str) -> SharedFiles:
        """Return the files below a name as a place of their own."""
        return SharedFiles(f"{self.url.rstrip('/')}/{name}", options=self._options)

    def put(self, path: Path, name: str) -> None:
        """Store a copy of a file under a name, in the place of what was there."""
        place, fresh = self._places(name)
        size = path.stat().st_size
        with away_is_unavailable():
            try:
                self._files.put_file(str(path), fresh)
                self._show(fresh, place)
            except BaseException:
                self._drop(fresh, unless=place)
                raise
            kept = self._files.info(place)["size"]
        if kept != size:
            raise Unavailable(f"the store kept {kept} of {size} bytes; try again")

    def write(self, data: bytes, name: str) -> None:
        """Store bytes under a name, in the place of what was there."""
        place, fresh = self._places(name)
        with away_is_unavailable():
            try:
                self._files.pipe_file(fresh, data)
                self._show(fresh, place)
            except BaseException:
                self._drop(fresh, unless=place)
                raise

    def read(self, name: str) -> bytes:
        """Return the bytes under a name; raises NotFound."""
        with away_is_unavailable(f"file {name}"):
            return bytes(self._files.cat_file(f"{self._root}/{name}"))

    def exists(self, name: str) -> bool:
        """Return whether there is a file of this name."""
        with away_is_unavailable():
            try:
                return bool(self._files.info(f"{self._root}/{name}")["type"] == "file")
            except FileNotFoundError:
                return False

    def fetch(self, name: str, target: Path, sha256: str) -> Path:
        """Copy the file to ``target``, which appears whole or not at all.

        Raises
        ------
        NotFound
            If there is none of this name.
        DataCorrupted
            If its bytes have another digest.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            with away_is_unavailable(f"file {name}"):
                self._files.get_file(f"{self._root}/{name}", str(fresh))
            found = digest_file(fresh)
            if found != sha256:
                raise DataCorrupted(f"file {name} has the digest {found} but should have {sha256}")
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
        return target

    def remove(self, name: str) -> None:
        """Erase a file, if there is one."""
        with away_is_unavailable(), suppress(FileNotFoundError):
            self._files.rm_file(f"{self._root}/{name}")

    def remove_all(self, name: str) -> None:
        """Erase everything below a name, if there is anything."""
        with away_is_unavailable(), suppress(FileNotFoundError):
            self._files.rm(f"{self._root}/{name}", recursive=True)

    def folders(self, name: str = "") -> tuple[str, ...]:
        """Return the names of the folders right below a name, sorted."""
        place = f"{self._root}/{name}".rstrip("/")
        with away_is_unavailable():
            try:
                found = self._files.ls(place, detail=True)
            except FileNotFoundError:
                return ()
        folders = (info["name"].rstrip("/").rpartition("/")[2] for info in found if info["type"] == "directory")
        return tuple(sorted(folders))

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        return open_filesystem(self.url, what="work_store", options=self._options)

    @property
    def _files(self) -> Any:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    @property
    def _shows_halves(self) -> bool:
        """Whether a file that is being written is seen; an object store shows an object once it is there."""
        return isinstance(self._files, LocalFileSystem)

    def _places(self, name: str) -> tuple[str, str]:
        """Return where a file of this name lies, and where it is written first."""
        place = f"{self._root}/{name}"
        if not self._shows_halves:
            return place, place
        folder, _, last = place.rpartition("/")
        return place, f"{folder}/.{last}.{uuid.uuid4().hex}"

    def _show(self, fresh: str, place: str) -> None:
        if fresh != place:
            Path(fresh).replace(place)

    def _drop(self, fresh: str, *, unless: str) -> None:
        if fresh != unless:
            Path(fresh).unlink(missing_ok=True)


def _opened(url: str, options: Mapping[str, Any]) -> SharedFiles:
    return SharedFiles(url, options=options)
