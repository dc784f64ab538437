"""An upload leaves nothing behind, however it ends."""

import pytest


def open_upload(shop):
    return shop.ledger.uploads.open(
        shop.directory.uploads, project="default", file_name="a.zip", size_bytes=3, sha256="a" * 64
    )


def test_an_upload_has_a_place_of_its_own_while_it_lasts(shop):
    with open_upload(shop) as first, open_upload(shop) as second:
        assert first != second
        assert first.parent == shop.directory.uploads
        assert shop.ledger.uploads.count() == 2
    assert shop.ledger.uploads.count() == 0
    assert list(shop.directory.uploads.iterdir()) == []


def test_a_failed_upload_leaves_nothing(shop):
    def fail_halfway() -> None:
        with open_upload(shop) as place:
            (place / "half.zip").write_bytes(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        fail_halfway()
    assert shop.ledger.uploads.count() == 0
    assert list(shop.directory.uploads.iterdir()) == []


def test_what_a_crash_left_is_erased_at_the_next_start(shop):
    crashed = open_upload(shop)
    place = crashed.__enter__()
    (place / "half.zip").write_bytes(b"half")
    (shop.directory.uploads / "stray").write_bytes(b"x")
    assert shop.ledger.uploads.erase_leftovers(shop.directory.uploads) == 2
    assert list(shop.directory.uploads.iterdir()) == []
    assert shop.ledger.uploads.count() == 0
