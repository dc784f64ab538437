"""Datasets on this machine: ``file://`` URIs and plain paths to a folder, an archive or a table."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from automl_tl.data.archive import is_archive, unpack
from automl_tl.data.endings import DATASET_SUFFIXES
from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import modalities
from automl_tl.data.paths import content_root, list_files, safe_parts
from automl_tl.data.sources.base import DatasetSource, Progress, dataset_sources, quietly, scheme_of
from automl_tl.data.tables.base import TABLE_SUFFIXES
from automl_tl.errors import DatasetError, LimitExceeded

__all__ = ["FileSource", "open_path", "path_of", "resolve_under"]

CONTENT = "content"
"""Name of the folder inside ``workdir`` that :func:`open_path` creates."""


def path_of(uri: str) -> Path:
    """Return the path of a ``file:///...`` URI or of a plain path; raises DatasetError."""
    if "\x00" in uri:
        raise DatasetError("uri: a path must not contain a NUL character", field="uri")
    if "://" not in uri:
        return Path(uri).expanduser()
    if scheme_of(uri) != "file":
        raise DatasetError(f"uri: {uri!r} is not a file:// URI", field="uri")
    parts = urlsplit(uri)
    if parts.netloc not in ("", "localhost"):
        raise DatasetError(f"uri: {uri!r} names the host {parts.netloc!r}; write file:///path", field="uri")
    path = unquote(parts.path)
    if "\x00" in path:
        raise DatasetError("uri: a path must not contain a NUL character", field="uri")
    return Path(path)


def resolve_under(uri: str, roots: Sequence[Path]) -> Path:
    """Return the real path of ``uri`` if it lies in one of ``roots`` after every link is followed.

    Raises
    ------
    DatasetError
        If it lies outside, if there is nothing, or if ``roots`` is empty. The text is the same for files that
        exist and files that do not, so that nobody can ask which files the machine has.
    """
    if not roots:
        raise DatasetError(
            "uri: this server reads no local paths; upload the dataset, or ask its operator for a data root",
            field="uri",
        )
    refusal = DatasetError(f"uri: {uri!r} is not a dataset under the server's data roots", field="uri")
    path = path_of(uri)
    if not path.is_absolute():
        raise refusal
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise refusal from None
    if not any(real.is_relative_to(root.resolve()) for root in roots):
        raise refusal
    return real


def open_path(path: Path, workdir: Path, limits: Limits | None = None, *, name: str = "") -> Path:
    """Return a folder with the content of a folder, an archive or a single table.

    A folder is used where it lies. Archives are unpacked, and tables copied, to ``workdir/content`` (replaced if
    it is there). A folder that merely wraps the content is left out of the answer.

    Parameters
    ----------
    path
        What to open.
    workdir
        An existing folder to write to.
    name
        What the user called the file, if not ``path.name``; its ending says what it is.

    Raises
    ------
    DatasetError
        If there is nothing, it is of another kind, or an archive breaks a rule.
    LimitExceeded
        Beyond ``limits``.
    """
    limits = limits or Limits()
    name = name or path.name
    if path.is_dir():
        list_files(path, limits)
        return content_root(path, _input_suffixes())
    if not path.is_file():
        raise DatasetError(f"{path}: there is no such file or folder", field="data")
    target = workdir / CONTENT
    if target.exists():
        shutil.rmtree(target)
    if is_archive(name):
        return content_root(unpack(path, target, limits, name=name), _input_suffixes())
    if name.lower().endswith(TABLE_SUFFIXES):
        return _copy_table(path, target, limits, name)
    kinds = ", ".join(DATASET_SUFFIXES)
    raise DatasetError(f"{name}: a dataset must be a folder or end in one of {kinds}", field="data")


class FileSource(DatasetSource):
    """Reads ``file://`` URIs and plain paths."""

    scheme = "file"

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
        """Open the path, under ``roots`` if they are given."""
        path = path_of(uri) if roots is None else resolve_under(uri, roots)
        return open_path(path, workdir, limits)


def _input_suffixes() -> tuple[str, ...]:
    return tuple(suffix for name in modalities.names() for suffix in modalities.get(name).file_suffixes)


def _copy_table(path: Path, target: Path, limits: Limits, name: str) -> Path:
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise LimitExceeded(f"{name}: {size} bytes are more than max_bytes = {limits.max_bytes}")
    try:
        parts = safe_parts(name, limits)
        if len(parts) != 1:
            raise ValueError("a file name must not contain '/'")
    except ValueError as error:
        raise DatasetError(f"{name!a}: not a usable file name ({error})", field="data") from None
    staging = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
    try:
        shutil.copyfile(path, staging / parts[0])
        staging.chmod(0o755)
        staging.rename(target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return target


dataset_sources.register(FileSource.scheme, FileSource())
