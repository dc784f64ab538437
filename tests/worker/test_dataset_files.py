"""A job's dataset comes onto this machine once."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.errors import Cancelled, DataCorrupted
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.worker import dataset_files
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


@pytest.fixture
def zipped(depot, image_folder, tmp_path):
    """Return the record of the same images in a registered archive, and the archive."""
    archive = Path(shutil.make_archive(str(tmp_path / "shapes"), "zip", image_folder))
    return replace(depot.record, uri=archive.as_uri()), archive


def test_a_registered_archive_is_unpacked_once(depot, zipped):
    """A second look leaves the pictures under a running job, also when the archive is gone by then."""
    record, archive = zipped
    first = open_dataset(record, depot.blobs, depot.directory)
    before = first.root.stat().st_ino
    assert open_dataset(record, depot.blobs, depot.directory).root == first.root
    archive.unlink()
    assert open_dataset(record, depot.blobs, depot.directory).root == first.root
    assert first.root.stat().st_ino == before


def test_a_registered_table_is_copied_once(depot, text_csv, tmp_path):
    """Tables are archives of one file."""
    (tmp_path / "other").mkdir()
    dataset = load_dataset(open_path(text_csv, tmp_path / "other"))
    record = replace(depot.record, digest=dataset.digest, uri=text_csv.as_uri(), modality="text")
    first = open_dataset(record, depot.blobs, depot.directory)
    before = first.root.stat().st_ino
    assert open_dataset(record, depot.blobs, depot.directory).root == first.root
    assert first.root.stat().st_ino == before


def test_the_same_content_as_an_upload_leaves_what_was_unpacked(depot, zipped, uploaded):
    """Another project's copy of a registered archive is the same directory."""
    first = open_dataset(zipped[0], depot.blobs, depot.directory)
    before = first.root.stat().st_ino
    assert open_dataset(uploaded, depot.blobs, depot.directory).root == first.root
    assert first.root.stat().st_ino == before


def test_an_archive_that_has_changed_is_refused_and_not_kept(depot, zipped, image_folder, tmp_path):
    """Once it is again what was registered, it can be used again."""
    record, archive = zipped
    kept = archive.rename(tmp_path / "kept.zip")
    shutil.rmtree(image_folder / "cross")
    shutil.make_archive(str(archive.with_suffix("")), "zip", image_folder)
    with pytest.raises(DataCorrupted, match="register it again"):
        open_dataset(record, depot.blobs, depot.directory)
    kept.replace(archive)
    assert open_dataset(record, depot.blobs, depot.directory).digest == record.digest


def test_a_worker_that_comes_second_leaves_what_the_first_unpacked(depot, zipped, monkeypatch):
    """Both began when there was nothing yet."""
    record, _ = zipped
    fetch, inodes = dataset_files.fetch_dataset, []

    def overtaken(uri, workdir, **options):
        monkeypatch.undo()
        first = open_dataset(record, depot.blobs, depot.directory)
        inodes.append(first.root.stat().st_ino)
        return fetch(uri, workdir, **options)

    monkeypatch.setattr(dataset_files, "fetch_dataset", overtaken)
    assert open_dataset(record, depot.blobs, depot.directory).root.stat().st_ino == inodes[0]


def test_another_content_than_registered_is_refused(depot, uploaded):
    """The digest is the dataset's identity."""
    with pytest.raises(DataCorrupted, match="register it again"):
        open_dataset(replace(uploaded, digest="ab" * 32), depot.blobs, depot.directory)


@pytest.fixture
def stored(depot, image_folder, tmp_path):
    """Return the record of the same images in an object store, and the store."""
    files, folder = fsspec.filesystem("memory"), f"/{tmp_path.name}/shapes"
    files.put(f"{image_folder}/", f"{folder}/", recursive=True)
    yield replace(depot.record, uri=f"memory:/{folder}"), files
    files.rm(f"/{tmp_path.name}", recursive=True)


def test_data_of_a_store_is_fetched_once(depot, stored):
    """The second look finds the directory; whoever waits hears how far it is."""
    record, files = stored
    told = []
    first = open_dataset(record, depot.blobs, depot.directory, progress=lambda *at: told.append(at))
    assert first.digest == depot.record.digest
    assert told[-1][0] == told[-1][1] > 0
    files.rm(record.uri, recursive=True)
    files.pipe_file(f"{record.uri}/other.txt", b"x")
    assert open_dataset(record, depot.blobs, depot.directory).root == first.root


def test_data_of_a_store_that_has_changed_is_refused_and_not_kept(depot, stored):
    """Once it is again what was registered, it can be used again."""
    record, files = stored
    picture = files.ls(f"{record.uri}/circle", detail=False)[0]
    before = files.cat_file(picture)
    files.pipe_file(picture, files.cat_file(files.ls(f"{record.uri}/cross", detail=False)[0]))
    with pytest.raises(DataCorrupted, match="register it again"):
        open_dataset(record, depot.blobs, depot.directory)
    files.pipe_file(picture, before)
    assert open_dataset(record, depot.blobs, depot.directory).digest == record.digest


def test_a_transfer_that_is_ended_leaves_nothing(depot, stored):
    """What hears of progress ends it."""
    record, _ = stored

    def stop(come, whole):
        raise Cancelled("the job was asked to stop")

    with pytest.raises(Cancelled):
        open_dataset(record, depot.blobs, depot.directory, progress=stop)
    work = depot.directory.dataset_work(record.digest)
    assert not work.exists()
    assert list(work.parent.iterdir()) == []
