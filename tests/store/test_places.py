"""Ledger and blobs are in the data directory unless somebody says otherwise."""

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.store.layout import DataDirectory
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.places import SHARED_DISK, Places
from automl_tl.store.remote_blobs import RemoteBlobStore


@pytest.fixture
def directory(tmp_path):
    return DataDirectory(tmp_path / "data").create()


def test_the_default_is_the_data_directory(directory):
    Places().open_ledger(directory).close()
    assert directory.ledger.is_file()
    assert Places().open_blobs(directory).directory == directory.blobs


def test_a_database_elsewhere(directory, ledger_url):
    Places(database=ledger_url).open_ledger(directory).close()
    assert not directory.ledger.exists()


@pytest.mark.parametrize("form", ["{path}", "file://{path}"])
def test_a_directory_elsewhere(directory, tmp_path, form):
    blobs = Places(blob_store=form.format(path=tmp_path / "with%20space")).open_blobs(directory)
    assert isinstance(blobs, LocalBlobStore)
    assert blobs.directory == tmp_path / "with space"


def test_a_bucket(directory):
    assert isinstance(Places(blob_store="s3://bucket/prefix").open_blobs(directory), RemoteBlobStore)


@pytest.mark.parametrize(
    "bad", ["relative/path", "ftp://host/x", "s3://", "file://host/x", "memory://x", "s3:/b/p"]
)
def test_other_places_are_refused(directory, bad):
    with pytest.raises(InvalidInput, match="s3://bucket/prefix") as caught:
        Places(blob_store=bad).open_blobs(directory)
    assert caught.value.field == "blob_store"


def test_nodes_leave_their_work_in_an_object_store_unless_somebody_says_otherwise(tmp_path):
    """A directory of blobs says nothing of what nodes see; a shared disk has to be said."""
    url = lambda places: store.files.url if (store := places.open_work_store()) else None  # noqa: E731
    assert url(Places()) is None
    assert url(Places(blob_store=str(tmp_path))) is None
    assert url(Places(blob_store="s3://bucket/prefix/")) == "s3://bucket/prefix/work"
    assert url(Places(blob_store="s3://bucket/prefix", work_store=SHARED_DISK)) is None
    assert url(Places(work_store="gs://bucket/x")) == "gs://bucket/x"
    assert url(Places(work_store=tmp_path.as_uri())) == tmp_path.as_uri()


@pytest.mark.parametrize("bad", ["relative", "/absolute", "ftp://host/x", "s3://", "file://host/x", "memory://x"])
def test_other_work_stores_are_refused(bad):
    with pytest.raises(InvalidInput, match="shared-disk") as caught:
        Places(work_store=bad).open_work_store()
    assert caught.value.field == "work_store"


def test_a_password_in_a_work_store_is_not_repeated():
    with pytest.raises(InvalidInput) as caught:
        Places(work_store="ftp://me:hush-hush@host/x").open_work_store()
    assert "hush" not in caught.value.message
