"""Bring a job's dataset onto this machine, once per digest."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.data.shards.index import read_index, write_index
from automl_tl.data.sources.base import fetch_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.errors import DataCorrupted
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.records import DatasetRecord

__all__ = ["open_dataset", "remember"]

_INDEX = "shards.npz"


def open_dataset(record: DatasetRecord, blobs: BlobStore, directory: DataDirectory) -> Dataset:
    """Return the dataset of a ledger row, unpacked below the data directory.

    Shards are read once: what was found out about them is taken up again as long as no file has another size or
    time of change.

    Raises
    ------
    DataCorrupted
        If what is there now has another content than what was registered.
    """
    root = _unpacked(record, blobs, directory) if record.blob else _fetched(record, directory)
    index = directory.dataset_work(record.digest) / _INDEX
    known = read_index(index, root)
    if known is not None and known.digest == record.digest:
        return known
    dataset = load_dataset(root, modality=record.modality)
    if dataset.digest != record.digest:
        raise DataCorrupted(
            f"dataset {record.name} has changed since it was registered (its content is now {dataset.digest}); "
            "register it again"
        )
    remember(dataset, directory)
    return dataset


def remember(dataset: Dataset, directory: DataDirectory) -> None:
    """Keep what was found out about shards for the next time they are opened; nothing for other data sets."""
    if dataset.stored is not None:
        # A full disk is no reason to fail: without this the shards are read once more.
        with suppress(OSError):
            write_index(dataset, directory.dataset_work(dataset.digest) / _INDEX)


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
