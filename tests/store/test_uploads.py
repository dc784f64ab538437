"""An upload leaves nothing behind, however it ends."""


def begin(shop, name):
    place = shop.directory.uploads / name
    shop.ledger.uploads.begin(place, project="default", file_name="a.zip", size_bytes=3, sha256="a" * 64)
    return place


def test_an_upload_has_a_place_of_its_own_while_it_lasts(shop):
    first, second = begin(shop, "one"), begin(shop, "two")
    (first / "half.zip").write_bytes(b"half")
    assert shop.ledger.uploads.count() == 2
    shop.ledger.uploads.end(first)
    assert not first.exists()
    assert second.exists()
    shop.ledger.uploads.end(second)
    assert shop.ledger.uploads.count() == 0
    assert list(shop.directory.uploads.iterdir()) == []


def test_what_a_crash_left_is_erased_at_the_next_start(shop):
    (begin(shop, "one") / "half.zip").write_bytes(b"half")
    (shop.directory.uploads / "stray").write_bytes(b"x")
    assert shop.ledger.uploads.erase_leftovers(shop.directory.uploads) == 2
    assert list(shop.directory.uploads.iterdir()) == []
    assert shop.ledger.uploads.count() == 0


def test_ending_what_never_began_is_harmless(shop):
    shop.ledger.uploads.end(shop.directory.uploads / "never")
    assert shop.ledger.uploads.count() == 0
