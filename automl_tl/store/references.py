"""Erasing what no row points to any more."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from automl_tl.store import schema
from automl_tl.store.blobs import BlobStore
from automl_tl.store.engine import Database

__all__ = ["References"]


class References:
    """Knows which blobs are in use.

    Blobs are erased while the write lock is held, and whoever makes a row that points to a blob looks for the
    blob under the same lock: so a row never points to a blob that this class has erased.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def erase(self, candidates: Iterable[str], blobs: BlobStore) -> tuple[str, ...]:
        """Erase those candidates that nothing refers to, and return them."""
        with self._database.write() as connection:
            used = _used(connection)
            return tuple(digest for digest in set(candidates) - used if blobs.delete(digest))

    def collect(self, blobs: BlobStore, *, older_than_seconds: float = 3600.0) -> tuple[str, ...]:
        """Erase every blob without a reference and every leftover temporary file, and return the blobs' digests.

        Younger ones are spared: their row may be about to be written.
        """
        blobs.sweep(older_than_seconds=older_than_seconds)
        return self.erase(blobs.digests(older_than_seconds=older_than_seconds), blobs)


def _used(connection: Connection) -> set[str]:
    artifacts = connection.execute(select(schema.artifacts.c.sha256)).scalars()
    datasets = connection.execute(select(schema.datasets.c.blob)).scalars()
    return {*artifacts, *(blob for blob in datasets if blob)}
