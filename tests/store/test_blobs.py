"""A blob appears whole or not at all and never changes."""

import hashlib
import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_tl.errors import DataCorrupted, InvalidInput, NotFound
from automl_tl.store.blobs import BlobStore

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def blobs(tmp_path):
    return BlobStore(tmp_path / "blobs")


def test_the_name_is_the_sha256_and_the_place_two_levels_deep(blobs):
    blob = blobs.put_bytes(b"abc")
    assert (blob.sha256, blob.size_bytes) == (ABC, 3)
    assert blobs.path(ABC) == blobs.directory / "ba" / "78" / ABC
    assert blobs.path(ABC).read_bytes() == b"abc"


@given(st.binary(max_size=200))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_was_put_is_read_again(blobs, data):
    blob = blobs.put_bytes(data)
    assert blob.sha256 == hashlib.sha256(data).hexdigest()
    with blobs.open(blob.sha256, verify=True) as handle:
        assert handle.read() == data


def test_a_file_and_its_bytes_are_one_blob(blobs, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * (3 << 20))
    assert blobs.put_file(path) == blobs.put_bytes(path.read_bytes())
    assert list(blobs.digests()) == [hashlib.sha256(path.read_bytes()).hexdigest()]


def test_a_file_can_be_taken_over_without_a_copy(blobs, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    for _ in range(2):
        assert blobs.adopt(path, ABC) == blobs.put_bytes(b"abc")
    assert blobs.adopt(path, ABC).size_bytes == 3
    assert blobs.path(ABC).samefile(path)
    path.unlink()
    blobs.verify(ABC)
    assert list((blobs.directory / "tmp").iterdir()) == []


def test_damage_is_found_when_asked(blobs):
    blob = blobs.put_bytes(b"abc")
    blobs.path(ABC).chmod(0o600)
    blobs.path(ABC).write_bytes(b"abd")
    blobs.open(blob.sha256).close()
    with pytest.raises(DataCorrupted, match=ABC):
        blobs.open(blob.sha256, verify=True)


def test_storing_again_heals_damage(blobs):
    blobs.put_bytes(b"abc")
    blobs.path(ABC).chmod(0o600)
    blobs.path(ABC).write_bytes(b"broken")
    blobs.put_bytes(b"abc")
    blobs.verify(ABC)


def test_a_missing_blob_is_not_found(blobs):
    assert not blobs.exists(ABC)
    with pytest.raises(NotFound):
        blobs.open(ABC)
    with pytest.raises(NotFound):
        blobs.verify(ABC)


def test_deleting_erases_the_file_and_its_empty_directories(blobs):
    blobs.put_bytes(b"abc")
    assert blobs.delete(ABC)
    assert not blobs.delete(ABC)
    assert sorted(path.name for path in blobs.directory.iterdir()) == ["tmp"]


@pytest.mark.parametrize("bad", ["", "../../etc/passwd", ABC.upper(), ABC + "0", "g" * 64])
def test_a_name_that_is_no_digest_never_becomes_a_path(blobs, bad):
    with pytest.raises(InvalidInput, match="64 hex digits"):
        blobs.path(bad)


def test_a_failed_write_leaves_nothing(blobs, monkeypatch):
    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("automl_tl.store.blobs.os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        blobs.put_bytes(b"abc")
    assert list((blobs.directory / "tmp").iterdir()) == []
    assert list(blobs.digests()) == []


def test_what_a_crash_left_behind_is_swept_once_it_is_old(blobs):
    old, fresh = blobs.directory / "tmp" / "old", blobs.directory / "tmp" / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"half a blob")
    hours_ago = time.time() - 7200
    os.utime(old, (hours_ago, hours_ago))
    assert blobs.sweep(older_than_seconds=3600) == 1
    assert not old.exists()
    assert fresh.exists()
    assert list(blobs.digests()) == []


def test_digests_can_be_limited_to_old_blobs(blobs):
    blobs.put_bytes(b"abc")
    assert list(blobs.digests(older_than_seconds=60)) == []
    assert list(blobs.digests()) == [ABC]
