"""Bring a job's dataset onto this machine, once per digest."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.data.shards.index import read_index, write_index
from automl_tl.data.sources.base import Progress, fetch_dataset, quietly, scheme_of
from automl_tl.data.sources.file import open_path, path_of
from automl_tl.errors import DataCorrupted
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.records import DatasetRecord

__all__ = ["open_dataset", "remember"]

_INDEX = "shards.npz"


def open_dataset(
    record: DatasetRecord, blobs: BlobStore, directory: DataDirectory, *, progress: Progress = quietly
) -> Dataset:
    """Return the dataset of a ledger row, unpacked below the data directory, to which it is fetched once.

    Shards are read once: what was found out about them is taken up again as long as no file has another size or
    time of change.

    Raises
    ------
    DataCorrupted
        If what is there now has another content than what was registered.
    """
    root = _unpacked(record, blobs, directory) if record.blob else _fetched(record, directory, progress)
    index = directory.dataset_work(record.digest) / _INDEX
    known = read_index(index, root)
    if known is not None and known.digest == record.digest:
        return known
    dataset = load_dataset(root, modality=record.modality)
    if dataset.digest != record.digest:
        work = directory.dataset_work(record.digest)
        if not record.blob and root.is_relative_to(work):
            # The next one who asks may find again what was registered.
            shutil.rmtree(work, ignore_errors=True)
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
    def unpack(temporary: Path) -> Path:
        with tempfile.TemporaryDirectory(dir=temporary) as scratch:
            upload = blobs.local(record.blob, Path(scratch))
            return open_path(upload, temporary, name=record.file_name)

    return _once(directory.dataset_work(record.digest), unpack)


def _fetched(record: DatasetRecord, directory: DataDirectory, progress: Progress) -> Path:
    """Fetch the data; a folder on this machine is used where it lies."""
    final = directory.dataset_work(record.digest)
    if scheme_of(record.uri) == "file" and path_of(record.uri).is_dir():
        return fetch_dataset(record.uri, final)
    return _once(final, lambda temporary: fetch_dataset(record.uri, temporary, progress=progress))


def _once(final: Path, bring: Callable[[Path], Path]) -> Path:
    """Return what was brought; a finished directory appears by one rename, so workers can share it."""
    marker = final / "root"
    if not marker.is_file():
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=final.parent, prefix=".unpacking-"))
        try:
            root = bring(temporary)
            (temporary / "root").write_text(str(root.relative_to(temporary)), encoding="utf-8")
            # Another worker may have been quicker, and a job may read from there by now.
            if not marker.is_file():
                shutil.rmtree(final, ignore_errors=True)
            temporary.replace(final)
        except OSError:
            if not marker.is_file():
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return final / marker.read_text(encoding="utf-8")
