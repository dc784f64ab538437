"""Unpacking of foreign archives: every entry is checked before it is written, and all or nothing appears."""

from __future__ import annotations

import gzip
import shutil
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from automl_tl.data.bounded_directory import BoundedDirectory
from automl_tl.data.bounded_reader import BoundedReader
from automl_tl.data.limits import Limits
from automl_tl.data.paths import is_hidden, safe_parts
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["ARCHIVE_SUFFIXES", "is_archive", "unpack"]

ARCHIVE_SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar")
"""File names that :func:`unpack` accepts."""

_CHUNK = 1 << 20
_RATIO_FLOOR = 64 << 20  # small archives of very regular data may compress well beyond max_ratio

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    tarfile.TarError,
    gzip.BadGzipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
)


@dataclass(frozen=True)
class _Entry:
    name: str
    problem: str
    folder: bool
    open: Callable[[], IO[bytes]]


def is_archive(name: str) -> bool:
    """Whether a file name ends like an archive."""
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def unpack(archive: Path, target: Path, limits: Limits | None = None, *, name: str = "") -> Path:
    """Unpack an archive into the new folder ``target`` and return it.

    Hidden files (``.DS_Store``, ``__MACOSX``) are left out. ``target`` appears whole or not at all.

    Parameters
    ----------
    archive
        A .zip, .tar, .tar.gz or .tgz file.
    target
        Folder to create; its parent must exist.
    name
        What the archive is called, if not ``archive.name``.

    Raises
    ------
    DatasetError
        Naming the entry and the rule: absolute name or "..", link, device, encrypted, twice, damaged.
    LimitExceeded
        Beyond ``max_files``, ``max_bytes`` or ``max_ratio``.
    """
    limits = limits or Limits()
    name = name or archive.name
    if target.exists():
        raise DatasetError(f"{name}: the folder {target.name} to unpack into is already there")
    staging = Path(tempfile.mkdtemp(prefix=".unpack-", dir=target.parent))
    try:
        _write_all(archive, staging, limits, name)
        staging.chmod(0o755)
        staging.rename(target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return target


def _write_all(archive: Path, staging: Path, limits: Limits, name: str) -> None:
    packed = max(1, archive.stat().st_size)
    count = total = 0
    try:
        with closing(_entries(archive, name, limits)) as entries:
            for entry in entries:
                count += 1
                if count > limits.max_files:
                    raise LimitExceeded(f"{name}: more than max_files = {limits.max_files} entries")
                parts = _checked_parts(entry, name, limits)
                if not parts or is_hidden(parts):
                    continue
                total = _write(entry, staging.joinpath(*parts), total, packed, limits, name)
    except _DAMAGED as error:
        raise DatasetError(f"{name}: the archive is damaged or of another kind ({error})") from None


def _entries(archive: Path, name: str, limits: Limits) -> Generator[_Entry, None, None]:
    lower = name.lower()
    if lower.endswith(".zip"):
        return _zip_entries(archive, name, limits)
    if lower.endswith(ARCHIVE_SUFFIXES):
        return _tar_entries(archive, limits, compressed=not lower.endswith(".tar"))
    raise DatasetError(f"{name}: an archive must end in one of {', '.join(ARCHIVE_SUFFIXES)}")


def _zip_entries(archive: Path, name: str, limits: Limits) -> Generator[_Entry, None, None]:
    with archive.open("rb") as raw, zipfile.ZipFile(BoundedDirectory(raw, limits, name)) as file:
        for info in file.infolist():
            yield _Entry(info.orig_filename, _zip_problem(info), info.is_dir(), partial(file.open, info))


def _zip_problem(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & 0x1:
        return "encrypted entries are not allowed; pack without a password"
    if kind == stat.S_IFLNK:
        return "links are not allowed; pack the file itself"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "devices and pipes are not allowed"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"compression method {info.compress_type} is not allowed; use plain zip compression (deflate)"
    return ""


def _tar_entries(archive: Path, limits: Limits, *, compressed: bool) -> Generator[_Entry, None, None]:
    with archive.open("rb") as raw:
        plain: Any = gzip.GzipFile(fileobj=raw) if compressed else raw
        # Headers and padding come on top of the files: at most 3 KiB an entry is more than real archives need.
        stream: Any = BoundedReader(plain, limits.max_bytes + 3072 * limits.max_files)
        with tarfile.open(fileobj=stream, mode="r:", errors="surrogateescape") as file:
            headers: list[tarfile.TarInfo] = vars(file)["members"]
            while (member := file.next()) is not None:
                yield _Entry(member.name, _tar_problem(member), member.isdir(), _tar_opener(file, member))
                headers.clear()  # else every header stays in memory
            # tarfile takes a damaged header for the end of the archive; a true end is zeros.
            stream.seek(file.offset)
            if stream.read(tarfile.BLOCKSIZE).strip(b"\0"):
                raise tarfile.ReadError(f"damaged header at byte {file.offset}")


def _tar_opener(file: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    def opener() -> IO[bytes]:
        stream = file.extractfile(member)
        if stream is None:
            raise tarfile.ReadError(f"{member.name} has no content")
        return stream

    return opener


def _tar_problem(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "links are not allowed; pack the file itself"
    if member.issparse():
        return "sparse files are not allowed; pack without --sparse"
    if not (member.isdir() or member.isreg()):
        return "devices and pipes are not allowed"
    return ""


def _checked_parts(entry: _Entry, archive: str, limits: Limits) -> tuple[str, ...]:
    problem = entry.problem
    parts: tuple[str, ...] = ()
    try:
        parts = safe_parts(entry.name, limits)
    except ValueError as error:
        problem = str(error)
    if problem:
        raise DatasetError(f"{archive}: entry {ascii(entry.name)[:200]}: {problem}")
    return parts


def _write(entry: _Entry, path: Path, total: int, packed: int, limits: Limits, archive: str) -> int:
    try:
        if entry.folder:
            path.mkdir(parents=True, exist_ok=True)
            return total
        path.parent.mkdir(parents=True, exist_ok=True)
        with entry.open() as source, path.open("xb") as sink:
            while chunk := source.read(_CHUNK):
                total += len(chunk)
                _check_size(total, packed, limits, archive, entry.name)
                sink.write(chunk)
    except (FileExistsError, NotADirectoryError):
        raise DatasetError(f"{archive}: entry {entry.name!r} stands twice, or as a file and a folder") from None
    return total


def _check_size(total: int, packed: int, limits: Limits, archive: str, entry: str) -> None:
    if total > limits.max_bytes:
        raise LimitExceeded(f"{archive}: entry {entry!r} takes the content over max_bytes = {limits.max_bytes}")
    if total > _RATIO_FLOOR and total > packed * limits.max_ratio:
        raise LimitExceeded(
            f"{archive}: at entry {entry!r} {packed} packed bytes have become {total}; more than max_ratio = "
            f"{limits.max_ratio} times as much"
        )
