"""Contract test of a blob store: subclass BlobStoreContract and give it a fixture ``blobs``."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from automl_tl.errors import DataCorrupted, InvalidInput, NotFound
from automl_tl.store.blobs import BlobStore

__all__ = ["BlobStoreContract"]

_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


class BlobStoreContract:
    """What every blob store must do.

    ::

        class TestMyStore(BlobStoreContract):
            @pytest.fixture
            def blobs(self):
                return MyStore(...)

            def damage(self, blobs, sha256, data):
                ...  # put other bytes under the name
    """

    def damage(self, blobs: BlobStore, sha256: str, data: bytes) -> None:
        """Replace the bytes of a stored blob behind the store's back."""
        raise AssertionError("subclasses of BlobStoreContract define damage()")

    def test_the_name_is_the_sha256(self, blobs: BlobStore) -> None:
        """Known from FIPS 180-4."""
        blob = blobs.put_bytes(b"abc")
        assert (blob.sha256, blob.size_bytes) == (_ABC, 3)
        assert blobs.exists(_ABC)
        assert list(blobs.digests()) == [_ABC]

    @pytest.mark.parametrize("data", [b"", b"\0", b"abc" * 50_000, bytes(range(256)) * 20_000])
    def test_what_was_put_is_read_again(self, blobs: BlobStore, data: bytes) -> None:
        """Whole, and from the middle."""
        sha256 = blobs.put_bytes(data).sha256
        assert sha256 == hashlib.sha256(data).hexdigest()
        with blobs.open(sha256, verify=True) as handle:
            assert handle.read() == data
        with blobs.open(sha256) as handle:
            handle.seek(len(data) // 2)
            assert handle.read(10) == data[len(data) // 2 :][:10]

    def test_a_file_and_its_bytes_are_one_blob(self, blobs: BlobStore, tmp_path: Path) -> None:
        """However they come."""
        path = tmp_path / "file"
        path.write_bytes(b"x" * (3 << 20))
        blob = blobs.put_file(path)
        assert blob == blobs.put_bytes(path.read_bytes()) == blobs.adopt(path, blob.sha256)
        assert path.read_bytes() == b"x" * (3 << 20)
        assert list(blobs.digests()) == [blob.sha256]

    def test_a_blob_can_be_had_as_a_file(self, blobs: BlobStore, tmp_path: Path) -> None:
        """Where it lies, or as a copy."""
        blobs.put_bytes(b"abc")
        assert blobs.local(_ABC, tmp_path).read_bytes() == b"abc"
        assert blobs.copy(_ABC, tmp_path / "copy").read_bytes() == b"abc"

    def test_a_missing_blob_is_not_found(self, blobs: BlobStore, tmp_path: Path) -> None:
        """By every way to read it."""
        assert not blobs.exists(_ABC)
        for read in (blobs.open, blobs.verify, lambda sha256: blobs.local(sha256, tmp_path)):
            with pytest.raises(NotFound, match=_ABC):
                read(_ABC)

    def test_damage_is_found_when_asked_and_healed_by_storing_again(
        self, blobs: BlobStore, tmp_path: Path
    ) -> None:
        """No damaged copy is left to be taken for the blob."""
        blobs.put_bytes(b"abc")
        self.damage(blobs, _ABC, b"abd")
        blobs.open(_ABC).close()
        for read in (
            lambda: blobs.open(_ABC, verify=True),
            lambda: blobs.verify(_ABC),
            lambda: blobs.local(_ABC, tmp_path),
            lambda: blobs.copy(_ABC, tmp_path / "copy"),
        ):
            with pytest.raises(DataCorrupted, match=_ABC):
                read()
        assert list(tmp_path.glob("copy")) == []
        blobs.put_bytes(b"abc")
        blobs.verify(_ABC)

    def test_deleting_says_whether_there_was_one(self, blobs: BlobStore) -> None:
        """Twice is harmless."""
        blobs.put_bytes(b"abc")
        assert blobs.delete(_ABC)
        assert not blobs.delete(_ABC)
        assert list(blobs.digests()) == []

    def test_young_blobs_can_be_left_out(self, blobs: BlobStore) -> None:
        """Garbage collection must not take what is being stored."""
        blobs.put_bytes(b"abc")
        assert list(blobs.digests(older_than_seconds=60)) == []
        assert list(blobs.digests(older_than_seconds=-60)) == [_ABC]
        assert blobs.sweep() == 0

    @pytest.mark.parametrize("bad", ["", "../../etc/passwd", _ABC.upper(), _ABC + "0", "g" * 64])
    def test_a_name_that_is_no_digest_is_refused(self, blobs: BlobStore, bad: str) -> None:
        """It must never become a path."""
        for call in (blobs.exists, blobs.open, blobs.delete):
            with pytest.raises(InvalidInput, match="64 hex digits"):
                call(bad)
