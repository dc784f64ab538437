"""Ledger and blobs are in the data directory unless somebody says otherwise."""

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.store.layout import DataDirectory
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.places import Places
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
