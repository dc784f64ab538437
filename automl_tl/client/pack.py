"""Turn what a person has on disk into one file to upload, the same bytes for the same content."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from automl_tl.data.endings import DATASET_SUFFIXES
from automl_tl.data.limits import Limits
from automl_tl.data.paths import list_files
from automl_tl.errors import DatasetError

__all__ = ["packed", "write_zip"]

_UNLIMITED = Limits(max_files=sys.maxsize, max_bytes=sys.maxsize)
"""How large a dataset may be is the service's rule."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_STORED = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".parquet", ".gz", ".zip"})
"""Formats that are compressed already; deflating them again costs time and saves nothing."""


@contextmanager
def packed(path: Path) -> Iterator[Path]:
    """Yield one file that holds the data at ``path``.

    A directory becomes a temporary .zip that is removed afterwards; a file with one of ``DATASET_SUFFIXES`` is
    yielded as it is.

    Raises
    ------
    DatasetError
        If there is nothing at ``path``, the directory holds no file, or the file has another ending.
    """
    if path.is_dir():
        with tempfile.TemporaryDirectory(prefix="automl-tl-upload-") as folder:
            archive = Path(folder) / "dataset.zip"
            write_zip(path, archive)
            yield archive
    elif path.is_file():
        if not path.name.lower().endswith(DATASET_SUFFIXES):
            known = ", ".join(DATASET_SUFFIXES)
            raise DatasetError(f"{path} must be a directory or end in one of {known}", field="data")
        yield path
    else:
        raise DatasetError(f"there is no file or directory {path}; check the path", field="data")


def write_zip(directory: Path, archive: Path) -> None:
    """Write every file below ``directory`` into ``archive``; same names and bytes give the same archive.

    Hidden files and directories are left out.

    Raises
    ------
    DatasetError
        If nothing is left, for a link that leads out of the directory or to another one, and for a device.
    """
    files = list_files(directory, _UNLIMITED)
    if not files:
        raise DatasetError(f"{directory} holds no files; name a directory with data in it", field="data")
    with zipfile.ZipFile(archive, "w") as target:
        for relative in files:
            entry = zipfile.ZipInfo(relative, date_time=_EPOCH)
            stored = PurePosixPath(relative).suffix.lower() in _STORED
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with (directory / relative).open("rb") as source, target.open(entry, "w", force_zip64=True) as sink:
                while block := source.read(1 << 20):
                    sink.write(block)
