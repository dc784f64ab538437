"""Writes are noticed, wherever they come from."""

from automl_tl.store.ledger import Ledger
from automl_tl.store.pages import PageRequest


def test_the_version_changes_with_a_write_and_only_then(shop):
    first = shop.ledger.changes.version()
    shop.ledger.jobs.list("default", PageRequest())
    assert shop.ledger.changes.version() == first
    shop.dataset()
    second = shop.ledger.changes.version()
    assert second != first
    assert shop.ledger.changes.version() == second


def test_a_write_of_another_process_is_noticed(shop):
    other = Ledger(shop.url, clock=shop.clock)
    first = shop.ledger.changes.version()
    other.uploads.begin(shop.directory.uploads / "one", project="p", file_name="f", size_bytes=1, sha256="")
    assert shop.ledger.changes.version() != first
    other.close()
