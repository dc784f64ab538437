"""A job's dataset comes onto this machine once."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from automl_tl.data.load import load_dataset
from automl_tl.errors import DataCorrupted
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.worker.dataset_files import open_dataset


def test_shards_are_read_once(depot, tmp_path, monkeypatch):
    """The next job takes up what this one found; a shard that changed is read again, and refused."""
    write_parquet_shards(tmp_path / "shards", coloured_images(6), shards=2)
    dataset = load_dataset(tmp_path / "shards")
    record = replace(depot.record, digest=dataset.digest, uri=dataset.root.as_uri(), modality="image")
    first = open_dataset(record, depot.blobs, depot.directory)
    monkeypatch.setattr("automl_tl.worker.dataset_files.load_dataset", None)
    assert open_dataset(record, depot.blobs, depot.directory).columns == first.columns
    monkeypatch.undo()
    write_parquet_shards(tmp_path / "shards", coloured_images(6, seed=1), shards=2)
    with pytest.raises(DataCorrupted, match="register it again"):
        open_dataset(record, depot.blobs, depot.directory)


@pytest.fixture
def uploaded(depot, image_folder, tmp_path):
    """Return the record of the same images as an upload."""
    archive = shutil.make_archive(str(tmp_path / "upload"), "zip", image_folder)
    with open(archive, "rb") as handle:  # noqa: PTH123
        blob = depot.blobs.put_bytes(handle.read())
    return replace(depot.record, uri="", blob=blob.sha256, file_name="upload.zip")


def test_an_upload_is_unpacked_once(depot, uploaded, image_folder):
    """The second look finds the directory; its content is that of the folder."""
    first = open_dataset(uploaded, depot.blobs, depot.directory)
    assert first.digest == load_dataset(image_folder).digest
    depot.blobs.path(uploaded.blob).unlink()
    assert open_dataset(uploaded, depot.blobs, depot.directory).root == first.root


def test_a_registered_folder_is_read_in_place(depot, image_folder):
    """Nothing is copied."""
    assert open_dataset(depot.record, depot.blobs, depot.directory).root == image_folder


def test_another_content_than_registered_is_refused(depot, uploaded):
    """The digest is the dataset's identity."""
    with pytest.raises(DataCorrupted, match="register it again"):
        open_dataset(replace(uploaded, digest="ab" * 32), depot.blobs, depot.directory)
