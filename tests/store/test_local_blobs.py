"""Blobs in a directory: written aside, flushed, renamed."""

import errno
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_tl.errors import Unavailable
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.testing.blob_store import BlobStoreContract

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def blobs(tmp_path):
    return LocalBlobStore(tmp_path / "blobs")


class TestLocalBlobStore(BlobStoreContract):
    def damage(self, blobs, sha256, data):
        blobs.path(sha256).chmod(0o600)
        blobs.path(sha256).write_bytes(data)


@given(st.binary(max_size=200))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_was_put_is_read_again(blobs, data):
    with blobs.open(blobs.put_bytes(data).sha256, verify=True) as handle:
        assert handle.read() == data


def test_a_blob_lies_under_its_name_and_cannot_be_written(blobs):
    blobs.put_bytes(b"abc")
    path = blobs.directory / "ba" / "78" / ABC
    assert blobs.path(ABC) == blobs.local(ABC, blobs.directory) == path
    assert path.stat().st_mode & 0o777 == 0o400


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


def test_a_file_of_another_file_system_is_copied(blobs, tmp_path, monkeypatch):
    def other_device(link, target):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr("pathlib.Path.hardlink_to", other_device)
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert blobs.adopt(path, ABC).sha256 == ABC
    assert not blobs.path(ABC).samefile(path)
    blobs.verify(ABC)


def test_every_byte_is_on_disk_before_the_blob_has_its_name(blobs, monkeypatch):
    """The file first, then the directories that lead to it."""
    seen = []
    fsync = os.fsync

    def watched(descriptor):
        seen.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), blobs.path(ABC).exists()))
        fsync(descriptor)

    monkeypatch.setattr("automl_tl.store.local_blobs.os.fsync", watched)
    blobs.put_bytes(b"abc")
    names = [name.removeprefix(str(blobs.directory)) for name, _ in seen]
    assert names[0].startswith("/tmp/")
    assert names[1:] == ["/ba/78", "/ba", ""]
    assert [there for _, there in seen] == [False, True, True, True]


def test_deleting_erases_empty_directories(blobs):
    blobs.put_bytes(b"abc")
    blobs.delete(ABC)
    assert sorted(path.name for path in blobs.directory.iterdir()) == ["tmp"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_failed_write_leaves_nothing_and_can_be_tried_again(blobs, monkeypatch, number):
    def full_disk(descriptor):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr("automl_tl.store.local_blobs.os.fsync", full_disk)
        with pytest.raises(Unavailable, match="blob store"):
            blobs.put_bytes(b"abc")
    assert list((blobs.directory / "tmp").iterdir()) == []
    assert list(blobs.digests()) == []
    blobs.put_bytes(b"abc")
    blobs.verify(ABC)


def test_a_store_that_is_gone_is_not_taken_for_an_empty_one(blobs, tmp_path):
    """A volume that is not mounted must lose no row and take no blob."""
    blobs.put_bytes(b"abc")
    blobs.directory.rename(tmp_path / "elsewhere")
    for call in (
        lambda: blobs.exists(ABC),
        lambda: blobs.open(ABC),
        lambda: blobs.delete(ABC),
        lambda: blobs.put_bytes(b"abc"),
    ):
        with pytest.raises(Unavailable, match="away"):
            call()
    assert not blobs.directory.exists()
    (tmp_path / "elsewhere").rename(blobs.directory)
    blobs.verify(ABC)


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
