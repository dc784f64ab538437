"""Datasets in object stores, through fsspec: ``s3://``, ``gs://`` and ``abfs://`` addresses of what is allowed."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl_tl.data.endings import DATASET_SUFFIXES
from automl_tl.data.limits import Limits
from automl_tl.data.paths import SHARD_SUFFIXES, is_hidden, safe_parts
from automl_tl.data.sources.base import DatasetSource, Progress, dataset_sources, quietly, scheme_of
from automl_tl.data.sources.file import CONTENT, open_path
from automl_tl.data.sources.members import Member, copy_members
from automl_tl.errors import AutomlError, DatasetError, InvalidInput, LimitExceeded, Unavailable
from automl_tl.filesystems import open_filesystem

__all__ = ["STORE_SCHEMES", "ObjectStoreSource", "StorePlace", "bring", "store_place"]

STORE_SCHEMES = ("s3", "gs", "abfs", "memory")
"""Schemes of object stores; ``memory`` is what this process keeps itself, for tests."""

_OF_THIS_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class StorePlace:
    """Where an address leads: the bucket or container is the first of ``parts``."""

    scheme: str
    parts: tuple[str, ...]

    @property
    def url(self) -> str:
        """The address, as it is given to the store's driver."""
        return f"{self.scheme}://{'/'.join(self.parts)}"

    def within(self, other: StorePlace) -> bool:
        """Whether it is the other place or lies below it."""
        return self.scheme == other.scheme and self.parts[: len(other.parts)] == other.parts


def store_place(url: str) -> StorePlace:
    """Return where an address of an object store leads.

    Raises
    ------
    DatasetError
        If it names no bucket; if it holds a user, a password, a query or a fragment, which could be secrets and
        would be stored; or if its path could be read in two ways.
    """
    scheme, rest = scheme_of(url), url.partition("://")[2]
    bucket = rest.partition("/")[0]
    if scheme not in STORE_SCHEMES or not bucket:
        known = ", ".join(f"{name}://BUCKET" for name in STORE_SCHEMES)
        raise DatasetError(
            f"uri: the address of an object store is one of {known}, with a folder or a file", field="uri"
        )
    if "@" in bucket or ":" in bucket or "?" in rest or "#" in rest:
        raise DatasetError(
            "uri: an address must not hold a user, an account, a password or a query, because it is stored; the "
            "environment says who reads (such as AWS_PROFILE or AZURE_STORAGE_ACCOUNT_NAME)",
            field="uri",
        )
    try:
        parts = safe_parts(rest)
    except ValueError as error:
        raise DatasetError(f"uri: not an address ({error})", field="uri") from None
    if "/".join(parts) != rest.removesuffix("/"):
        raise DatasetError("uri: a path must not contain '.' or empty parts", field="uri")
    return StorePlace(scheme, parts)


def bring(
    uri: str,
    workdir: Path,
    limits: Limits,
    *,
    stores: Sequence[str] | None = None,
    progress: Progress = quietly,
    longest: float = 3600.0,
) -> Path:
    """Copy what lies at an address to a new folder in ``workdir`` and return the copy: a file, or a folder.

    The bytes are copied and not looked at. The copy appears whole or not at all.

    Parameters
    ----------
    longest
        Seconds that the whole transfer may take.

    Raises
    ------
    DatasetError, LimitExceeded, Unavailable
        As :meth:`automl_tl.data.sources.base.DatasetSource.fetch` does; DatasetError also where the store's driver
        is not installed.
    """
    place = _allowed(uri, stores)
    with _told(place):
        files, root = _opened(place)
        whole = files.info(root)
        single = whole["type"] == "file" and not uri.endswith("/")
        if single and not place.parts[-1].lower().endswith(DATASET_SUFFIXES):
            raise DatasetError(f"uri: a single file must end in one of {', '.join(DATASET_SUFFIXES)}", field="uri")
        name = place.parts[-1]
        members = [Member(root, (name,), _size(whole))] if single else list(_members(files, root, limits))
        _check_sizes(members, limits, workdir)
        staging = Path(tempfile.mkdtemp(prefix=".fetch-", dir=workdir))
        try:
            copy_members(files, members, staging, longest=longest, progress=progress)
            final = Path(tempfile.mkdtemp(prefix="fetched-", dir=workdir)) / name
            (staging / name if single else staging).rename(final)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    final.chmod(0o644 if single else 0o755)
    return final


class ObjectStoreSource(DatasetSource):
    """Fetches a folder, an archive or a table from an object store.

    Who reads is said by the usual environment of the store's driver. Links and redirections do not exist there.
    """

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme

    def fetch(
        self,
        uri: str,
        workdir: Path,
        limits: Limits,
        *,
        roots: Sequence[Path] | None = None,
        hosts: Sequence[str] | None = None,
        stores: Sequence[str] | None = None,
        progress: Progress = quietly,
    ) -> Path:
        """Fetch it, then open it as if it had been uploaded; ``workdir/content`` is replaced."""
        brought = bring(uri, workdir, limits, stores=stores, progress=progress)
        try:
            if not brought.is_dir():
                return open_path(brought, workdir, limits)
            target = workdir / CONTENT
            shutil.rmtree(target, ignore_errors=True)
            brought.rename(target)
            return open_path(target, workdir, limits)
        finally:
            shutil.rmtree(brought.parent, ignore_errors=True)


def _allowed(uri: str, stores: Sequence[str] | None) -> StorePlace:
    place = store_place(uri)
    if stores is not None and not any(place.within(store_place(store)) for store in stores):
        allowed = (
            f"allowed: {', '.join(stores)}" if stores else "this server opens no object stores; upload instead"
        )
        raise DatasetError(f"uri: data is not fetched from {place.url!r:.200}; {allowed}", field="uri")
    return place


def _opened(place: StorePlace) -> tuple[Any, str]:
    try:
        return open_filesystem(place.url, what="dataset")
    except InvalidInput as error:
        raise DatasetError(f"uri: {error.message}", field="uri") from None


def _members(files: Any, root: str, limits: Limits) -> Iterator[Member]:
    """Yield the visible files below a folder; stops where there are too many, before all are listed."""
    count = 0
    for folder, folders, entries in files.walk(root, detail=True, on_error="raise"):
        for name in [name for name in folders if is_hidden((name,))]:
            del folders[name]
        for name, entry in entries.items():
            # Consoles of stores leave an empty object under the name of a folder.
            if not name or is_hidden((name,)):
                continue
            relative = f"{folder}/{name}".removeprefix(root).lstrip("/")
            try:
                parts = safe_parts(relative, limits)
            except ValueError as error:
                raise DatasetError(f"{relative!a:.200}: not a usable file name ({error})", field="uri") from None
            count += 1
            if count > limits.max_files:
                raise LimitExceeded(f"uri: there are more than max_files = {limits.max_files} files")
            yield Member(f"{folder}/{name}", parts, _size(entry))
    if not count:
        raise FileNotFoundError(root)


def _check_sizes(members: Sequence[Member], limits: Limits, workdir: Path) -> None:
    shards = sum(member.size for member in members if member.parts[-1].lower().endswith(SHARD_SUFFIXES))
    others = sum(member.size for member in members) - shards
    if len(members) == 1:  # an archive or a table is read as a whole
        others, shards = others + shards, 0
    if others > limits.max_bytes:
        raise LimitExceeded(f"uri: {others} bytes are more than max_bytes = {limits.max_bytes}")
    if shards > limits.max_shard_bytes:
        raise LimitExceeded(
            f"uri: shards of {shards} bytes are more than max_shard_bytes = {limits.max_shard_bytes}"
        )
    free = shutil.disk_usage(workdir).free
    if others + shards > free:
        raise Unavailable(f"uri: the data has {others + shards} bytes but this machine has room for {free}")


def _size(entry: Any) -> int:
    return int(entry.get("size") or 0)


@contextmanager
def _told(place: StorePlace) -> Iterator[None]:
    """Translate errors of drivers, whose texts may hold addresses with signatures: their kind is told."""
    try:
        yield
    except (AutomlError, MemoryError):
        raise
    except FileNotFoundError:
        raise DatasetError(f"uri: there is nothing at {place.url!r:.200}", field="uri") from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _OF_THIS_MACHINE:
            raise
        kind = type(error).__name__
        if isinstance(error, PermissionError) or "Credential" in kind:
            raise DatasetError(
                f"uri: the store does not let this machine read {place.url!r:.200} ({kind}); give it credentials, "
                "in the environment (such as AWS_PROFILE or GOOGLE_APPLICATION_CREDENTIALS)",
                field="uri",
            ) from None
        raise Unavailable(f"uri: {place.scheme}://{place.parts[0]} does not answer ({kind}); try again") from None


dataset_sources.register("s3", ObjectStoreSource("s3"))
dataset_sources.register("gs", ObjectStoreSource("gs"))
dataset_sources.register("abfs", ObjectStoreSource("abfs"))
dataset_sources.register("memory", ObjectStoreSource("memory"))
