"""A saved model as one .zip: the same bytes for the same files, and unpacked without trusting a single name."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from automl_tl.errors import DataCorrupted, InvalidInput

__all__ = ["pack", "unpack"]

_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_LARGEST_TOTAL = 64 << 30
_MOST_FILES = 1000
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
    """Unpack into ``target`` and return the directory that holds ``model.json``.

    Raises
    ------
    InvalidInput
        If the file is not a .zip with ``model.json`` at the top or in its only folder.
    DataCorrupted
        If an entry leaves the directory, is no plain file, or is damaged.
    """
    try:
        with zipfile.ZipFile(zip_path) as archive:
            _check_entries(archive)
            archive.extractall(target)
    except zipfile.BadZipFile as error:
        if zipfile.is_zipfile(zip_path):
            raise DataCorrupted(f"{zip_path.name} is damaged ({error}); download the model again") from error
        raise InvalidInput(
            f"{zip_path.name} is neither a model directory nor a .zip file", field="path"
        ) from error
    folders = [target, *(path for path in target.iterdir() if path.is_dir())]
    found = [folder for folder in folders if (folder / "model.json").is_file()]
    if len(found) != 1:
        raise InvalidInput(f"{zip_path.name} is not a saved model: it has no model.json at the top", field="path")
    return found[0]


def _check_entries(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _LARGEST_TOTAL:
        raise DataCorrupted("the archive has too many files or bytes to be a saved model")
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts
        plain = not entry.is_dir() and (entry.external_attr >> 28) in (0, 8)
        if ".." in parts or entry.filename.startswith("/") or not (plain or entry.is_dir()):
            raise DataCorrupted(f"the archive's entry {entry.filename!r} is not a plain file below its root")
