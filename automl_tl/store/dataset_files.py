"""From a dataset's record to its content on this machine: what a worker does first."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from automl_tl.data.dataset import Dataset
from automl_tl.data.limits import Limits
from automl_tl.data.load import load_dataset
from automl_tl.data.paths import content_root
from automl_tl.data.sources.base import fetch_dataset
from automl_tl.data.sources.file import CONTENT, open_path
from automl_tl.errors import DataCorrupted
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.records import DatasetRecord

__all__ = ["open_dataset"]


def open_dataset(
    record: DatasetRecord, blobs: BlobStore, directory: DataDirectory, *, limits: Limits | None = None
) -> Dataset:
    """Unpack a dataset, unless it is unpacked already, and load it.

    Raises
    ------
    NotFound
        If its blob is gone.
    DataCorrupted
        If the blob is damaged, or a registered dataset has changed since it was registered.
    DatasetError
        If a registered dataset is gone or unreadable.
    """
    limits = limits or Limits()
    place = directory.dataset_work(record.digest)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(place / "lock"):
        root = _content(record, blobs, place, limits)
    dataset = load_dataset(root, modality=record.modality, limits=limits)
    if dataset.digest != record.digest:
        raise DataCorrupted(
            f"the content of {record.name} has changed: its digest is now {dataset.digest}; register it again"
        )
    return dataset


def _content(record: DatasetRecord, blobs: BlobStore, place: Path, limits: Limits) -> Path:
    """Return the folder with the content; unpacking makes it appear whole, so what is there is complete."""
    content = place / CONTENT
    if not record.blob:
        return fetch_dataset(record.uri, place, limits)
    if content.is_dir():
        return content_root(content)
    blobs.verify(record.blob)
    return open_path(blobs.path(record.blob), place, limits, name=record.file_name)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other workers of this machine out: they would replace what this one unpacks."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
