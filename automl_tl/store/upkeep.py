"""What has to be done now and then, so that nothing piles up."""

from __future__ import annotations

from collections.abc import Callable

from automl_tl.store import requests
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger

__all__ = ["EVERY_SECONDS", "keep_up"]

EVERY_SECONDS = 3600.0
_REQUESTS_KEPT_SECONDS = 30 * 86_400.0


def keep_up(
    ledger: Ledger, blobs: BlobStore, directory: DataDirectory, *, stopping: Callable[[], bool] = lambda: False
) -> None:
    """Carry out deletions, erase blobs without a row, forget requests and questions that are of no use any more.

    Harmless while others work, and while others do the same.

    Parameters
    ----------
    stopping
        Asked again and again in a long collection of blobs, which then ends early.
    """
    ledger.erasures.carry_out(directory, blobs)
    ledger.erasures.sweep(directory)
    ledger.references.collect(blobs, stopping=stopping)
    ledger.inquiries.forget()
    with ledger.database.write() as connection:
        requests.forget(connection, ledger.database.now(connection) - _REQUESTS_KEPT_SECONDS)
