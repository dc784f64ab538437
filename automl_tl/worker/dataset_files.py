"""Bring a job's dataset onto this machine, once per digest."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.data.sources.base import fetch_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.errors import DataCorrupted
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.records import DatasetRecord

__all__ = ["open_dataset"]


def open_dataset(record: DatasetRecord, blobs: BlobStore, directory: DataDirectory) -> Dataset:
    """Return the dataset of a ledger row, unpacked below the data directory.

    Raises
    ------
    DataCorrupted
        If what is there now has another content than what was registered.
    """
    root = _unpacked(record, blobs, directory) if record.blob else _fetched(record, directory)
    dataset = load_dataset(root, modality=record.modality)
    if dataset.digest != record.digest:
        raise DataCorrupted(
            f"dataset {record.name} has changed since it was registered (its content is now {dataset.digest}); "
            "register it again"
        )
    return dataset


def _unpacked(record: DatasetRecord, blobs: BlobStore, directory: DataDirectory) -> Path:
    """Unpack the upload; a finished directory appears by one rename, so workers can share it."""
    final = directory.dataset_work(record.digest)
    marker = final / "root"
    if not marker.is_file():
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=final.parent, prefix=".unpacking-"))
        try:
            with tempfile.TemporaryDirectory(dir=temporary) as scratch:
                upload = blobs.local(record.blob, Path(scratch))
                root = open_path(upload, temporary, name=record.file_name)
            (temporary / "root").write_text(str(root.relative_to(temporary)), encoding="utf-8")
            shutil.rmtree(final, ignore_errors=True)
            temporary.replace(final)
        except OSError:
            if not marker.is_file():
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return final / marker.read_text(encoding="utf-8")


def _fetched(record: DatasetRecord, directory: DataDirectory) -> Path:
    work = directory.dataset_work(record.digest)
    work.mkdir(parents=True, exist_ok=True)
    return fetch_dataset(record.uri, work)
