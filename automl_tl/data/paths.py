"""Which relative paths a dataset may contain, and which files of a folder count as its content."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from automl_tl.data.limits import Limits
from automl_tl.data.parts import part_of
from automl_tl.data.tables.base import TABLE_SUFFIXES
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["SHARD_SUFFIXES", "content_root", "is_hidden", "list_files", "safe_parts"]

SHARD_SUFFIXES = (".parquet", ".tar")
"""Endings of files that can be read shard by shard, in lower case."""

_CLUTTER = frozenset({"__macosx", "__pycache__", "thumbs.db", "desktop.ini"})


def safe_parts(name: str, limits: Limits | None = None) -> tuple[str, ...]:
    """Split a relative POSIX path into its parts, "." left out.

    Raises
    ------
    ValueError
        With the broken rule as its text, if the path could lead outside the folder that it is relative to.
    """
    limits = limits or Limits()
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        raise ValueError("a path must not contain control characters")
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in name):
        raise ValueError("a path must be UTF-8")
    if "\\" in name:
        raise ValueError("a path must use '/' and not a backslash")
    if name.startswith("/") or name[1:3] == ":/":
        raise ValueError("a path must be relative, not absolute")
    if len(name.encode()) > limits.max_name_bytes:
        raise ValueError(f"a path must not be longer than {limits.max_name_bytes} bytes")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise ValueError("a path must not contain '..'")
    if any(len(part.encode()) > 255 for part in parts):
        raise ValueError("a file name must not be longer than 255 bytes")
    return parts


def is_hidden(parts: tuple[str, ...]) -> bool:
    """Whether a path is clutter that no dataset means: dot files, ``__MACOSX``, ``Thumbs.db`` ..."""
    return any(part.startswith(".") or part.lower() in _CLUTTER for part in parts)


def list_files(root: Path, limits: Limits) -> tuple[str, ...]:
    """Return every visible file below ``root`` as a sorted relative POSIX path.

    Raises
    ------
    DatasetError
        For a link that leads outside ``root``, a link to a folder, a device, or a name that is not UTF-8.
    LimitExceeded
        Beyond ``max_files``, ``max_bytes`` or, of what could be shards, ``max_shard_bytes``.
    """
    base = root.resolve()
    found: list[str] = []
    total = shards = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not is_hidden((name,)))
        here = Path(folder)
        for name in folders:
            if (here / name).is_symlink():
                raise DatasetError(
                    f"{_shown(here / name, root)}: links to folders are not followed; copy the folder"
                )
        for name in names:
            if is_hidden((name,)):
                continue
            size = _checked_size(here / name, root, base)
            if name.lower().endswith(SHARD_SUFFIXES):
                shards += size
            else:
                total += size
            found.append(_shown(here / name, root))
            if len(found) > limits.max_files:
                raise LimitExceeded(f"the dataset has more than max_files = {limits.max_files} files")
            if total > limits.max_bytes:
                raise LimitExceeded(f"the dataset is larger than max_bytes = {limits.max_bytes} bytes")
            if shards > limits.max_shard_bytes:
                raise LimitExceeded(f"its shards are larger than max_shard_bytes = {limits.max_shard_bytes} bytes")
    return tuple(sorted(found))


def content_root(folder: Path, input_suffixes: Sequence[str]) -> Path:
    """Return ``folder``, or the folder inside it that an archive merely wraps around its content.

    A single folder is a wrapper if it holds folders or tables itself; a single folder of images is a class. Files
    beside it that are neither tables nor inputs (a README) do not matter.

    Parameters
    ----------
    input_suffixes
        Endings, in lower case, of files that hold one input each.
    """
    content = (*input_suffixes, *TABLE_SUFFIXES)
    while True:
        entries = [entry for entry in _visible(folder) if entry.is_dir() or entry.name.lower().endswith(content)]
        if len(entries) != 1 or not entries[0].is_dir() or entries[0].is_symlink():
            return folder
        if not any(
            entry.is_dir() or entry.name.lower().endswith(TABLE_SUFFIXES) for entry in _visible(entries[0])
        ):
            return folder
        if part_of(entries[0].name):
            return folder
        folder = entries[0]


def _visible(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if not is_hidden((entry.name,))]


def _checked_size(path: Path, root: Path, base: Path) -> int:
    shown = _shown(path, root)
    if path.is_symlink() and not path.resolve().is_relative_to(base):
        raise DatasetError(f"{shown}: the link leads outside the dataset; copy the file instead")
    try:
        status = path.stat()
    except OSError as error:
        raise DatasetError(f"{shown}: the file cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(status.st_mode):
        raise DatasetError(f"{shown}: only plain files may lie in a dataset, not devices or pipes")
    return status.st_size


def _shown(path: Path, root: Path) -> str:
    relative = path.relative_to(root).as_posix()
    try:
        relative.encode()
    except UnicodeEncodeError:
        shown = relative.encode("utf-8", "replace").decode()
        raise DatasetError(f"{shown}: file names must be UTF-8; rename the file") from None
    return relative
