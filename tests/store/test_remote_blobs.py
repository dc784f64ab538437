"""Blobs in an object store: a real S3 client against a local server, and what happens when that is away."""

import io

import pytest

from automl_tl.errors import InvalidInput, NotFound, Unavailable
from automl_tl.store.remote_blobs import RemoteBlobStore
from automl_tl.testing.blob_store import BlobStoreContract
from automl_tl.testing.gate import gate_to

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
QUICK = {"config_kwargs": {"connect_timeout": 1, "read_timeout": 5, "retries": {"max_attempts": 1}}}


@pytest.fixture
def s3_url(object_store, monkeypatch, tmp_path):
    """A prefix of its own in the bucket, found as operators would have it: by environment variables."""
    for name, value in object_store.environment().items():
        monkeypatch.setenv(name, value)
    return f"{object_store.bucket_url}/{tmp_path.name}"


class TestS3(BlobStoreContract):
    @pytest.fixture
    def blobs(self, s3_url):
        return RemoteBlobStore(s3_url)

    def damage(self, blobs, sha256, data):
        blobs._files.pipe_file(blobs._place(sha256), data)


class TestAnyFsspec(BlobStoreContract):
    """The drivers of Google Cloud and Azure have the interface of this one."""

    @pytest.fixture
    def blobs(self, tmp_path):
        return RemoteBlobStore(f"memory://{tmp_path.name}")

    def damage(self, blobs, sha256, data):
        blobs._files.pipe_file(blobs._place(sha256), data)


def test_other_objects_below_the_prefix_are_no_blobs(s3_url):
    blobs = RemoteBlobStore(s3_url)
    blobs.put_bytes(b"abc")
    for name in ("ba/readme", f"ba/{ABC}", f"ba/79/{ABC}", "tmp/x"):
        blobs._files.pipe_file(f"{blobs._root}/{name}", b"x")
    assert list(blobs.digests()) == [ABC]


def test_a_large_file_arrives_whole_and_is_read_from_any_place(s3_url, tmp_path):
    """Sent in parts, read in pieces."""
    path = tmp_path / "large"
    path.write_bytes(bytes(range(256)) * (24 << 12))
    blobs = RemoteBlobStore(s3_url)
    blob = blobs.put_file(path)
    blobs.verify(blob.sha256)
    with blobs.open(blob.sha256) as handle:
        handle.seek(blob.size_bytes - 3)
        assert handle.read() == b"\xfd\xfe\xff"
        assert handle.seek(0, io.SEEK_SET) == 0
        assert handle.read(2) == b"\0\1"


def test_a_store_that_is_away_is_unavailable_and_comes_back(object_store, monkeypatch, s3_url):
    with gate_to(object_store.port) as gate:
        for name, value in object_store.environment(gate.port).items():
            monkeypatch.setenv(name, value)
        blobs = RemoteBlobStore(s3_url, options=QUICK)
        blobs.put_bytes(b"abc")
        reading = blobs.open(ABC)
        gate.shut()
        for call in (
            lambda: blobs.exists(ABC),
            lambda: blobs.open(ABC),
            lambda: blobs.delete(ABC),
            lambda: blobs.put_bytes(b"other"),
            lambda: list(blobs.digests()),
            reading.read,
        ):
            with pytest.raises(Unavailable, match="object store"):
                call()
        gate.open()
        blobs.verify(ABC)
        assert list(blobs.digests()) == [ABC]


def test_a_bucket_that_is_missing_is_no_empty_store(object_store, s3_url):
    blobs = RemoteBlobStore("s3://no-such-bucket/x")
    with pytest.raises(Unavailable):
        blobs.put_bytes(b"abc")
    with pytest.raises((Unavailable, NotFound)):
        blobs.verify(ABC)


@pytest.mark.parametrize(("url", "extra"), [("s3://b/p", "s3"), ("gs://b/p", "gcs"), ("az://b/p", "azure")])
def test_a_missing_driver_is_named(monkeypatch, url, extra):
    def without_driver(url, **options):
        raise ImportError("Install the driver to access it")

    monkeypatch.setattr("fsspec.core.url_to_fs", without_driver)
    with pytest.raises(InvalidInput, match=rf"automl-tl\[{extra}\]"):
        RemoteBlobStore(url)
