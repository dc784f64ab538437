"""A saved model as one .zip: the same bytes for the same files, and unpacked without trusting a single name."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from automl_tl.data import archive as archives
from automl_tl.data.limits import Limits
from automl_tl.errors import DataCorrupted, DatasetError, InvalidInput, LimitExceeded

__all__ = ["pack", "unpack"]

_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_LIMITS = Limits(max_files=1000, max_bytes=64 << 30)
_COPY = 1 << 20


def pack(directory: Path, zip_path: Path) -> Path:
    """Write the files of ``directory`` into ``zip_path`` in sorted order, stored, with a fixed date; return it."""
    zip_path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(zip_path, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(path for path in directory.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(directory).as_posix(), date_time=_EPOCH)
            entry.external_attr = _READABLE
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                while chunk := source.read(_COPY):
                    target.write(chunk)
    return zip_path


def unpack(zip_path: Path, target: Path) -> Path:
    """Unpack into ``target``, replacing what is there, and return the directory that holds ``model.json``.

    Raises
    ------
    InvalidInput
        If the file is not a .zip with ``model.json`` at the top or in its only folder.
    DataCorrupted
        If an entry leaves the directory, is no plain file, or is damaged, or there is more than a model needs.
    """
    if not zipfile.is_zipfile(zip_path):
        raise InvalidInput(f"{zip_path.name} is neither a model directory nor a .zip file", field="path")
    if target.exists():
        shutil.rmtree(target)
    try:
        archives.unpack(zip_path, target, _LIMITS, name=f"{zip_path.name.removesuffix('.zip')}.zip")
    except (DatasetError, LimitExceeded) as error:
        raise DataCorrupted(f"{error.message}; download the model again") from error
    found = [folder for folder in (target, *target.iterdir()) if (folder / "model.json").is_file()]
    if len(found) != 1:
        raise InvalidInput(f"{zip_path.name} is not a saved model: it has no model.json at the top", field="path")
    return found[0]
