"""The contract of blob stores notices stores that break it."""

from __future__ import annotations

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.store.blobs import Blob
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.testing.blob_store import BlobStoreContract

CONTRACT = BlobStoreContract()


class Forgetful(LocalBlobStore):
    """Says that it kept something, and did not."""

    def put_bytes(self, data):
        blob = super().put_bytes(data)
        self.delete(blob.sha256)
        return blob


class Trusting(LocalBlobStore):
    """Never compares a digest."""

    def verify(self, sha256):
        self.open(sha256).close()


class Misnaming(LocalBlobStore):
    """Names blobs as it likes."""

    def put_bytes(self, data):
        return Blob("0" * 64, super().put_bytes(data).size_bytes)


@pytest.mark.parametrize("kind", [Forgetful, Misnaming])
def test_a_store_that_does_not_keep_blobs_is_noticed(kind, tmp_path):
    with pytest.raises(AssertionError):
        CONTRACT.test_the_name_is_the_sha256(kind(tmp_path / "blobs"))


def test_a_store_that_does_not_look_is_noticed(tmp_path):
    class Subject(BlobStoreContract):
        def damage(self, blobs, sha256, data):
            blobs.path(sha256).chmod(0o600)
            blobs.path(sha256).write_bytes(data)

    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        Subject().test_damage_is_found_when_asked_and_healed_by_storing_again(Trusting(tmp_path / "b"), tmp_path)


def test_a_store_that_takes_every_name_is_noticed(tmp_path):
    class Open(LocalBlobStore):
        def exists(self, sha256):
            return False

    with pytest.raises((pytest.fail.Exception, InvalidInput)):
        CONTRACT.test_a_name_that_is_no_digest_is_refused(Open(tmp_path / "blobs"), "..")
