"""Erasing what no row points to any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, takewhile

from sqlalchemy import Connection, select

from automl_tl.store import schema
from automl_tl.store.blobs import BlobStore
from automl_tl.store.engine import Database
from automl_tl.store.locks import hold

__all__ = ["References"]

_BATCH = 100


class References:
    """Knows which blobs are in use.

    Blobs are erased under a lock on their digest, and whoever makes a row that points to a blob looks for the blob
    under the same lock: so a row never points to a blob that this class has erased.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def erase(self, candidates: Iterable[str], blobs: BlobStore) -> tuple[str, ...]:
        """Erase those candidates that nothing refers to, and return them."""
        erased: list[str] = []
        for batch in _batches(sorted(set(candidates))):
            with self._database.write() as connection:
                for digest in batch:
                    hold(connection, "blob", digest)
                unused = set(batch) - _used(connection, batch)
                erased += [digest for digest in sorted(unused) if blobs.delete(digest)]
        return tuple(erased)

    def collect(
        self,
        blobs: BlobStore,
        *,
        older_than_seconds: float = 3600.0,
        stopping: Callable[[], bool] = lambda: False,
    ) -> tuple[str, ...]:
        """Erase every blob without a reference and every leftover temporary file, and return the blobs' digests.

        Younger ones are spared: their row may be about to be written. Ends early once ``stopping`` says so.
        """
        blobs.sweep(older_than_seconds=older_than_seconds)
        old = blobs.digests(older_than_seconds=older_than_seconds)
        return self.erase(self._unused(takewhile(lambda _: not stopping(), old)), blobs)

    def _unused(self, digests: Iterable[str]) -> Iterator[str]:
        """Yield the digests that seem to be unused, seen without a lock: almost all are in use."""
        for batch in _batches(digests):
            with self._database.read() as connection:
                yield from set(batch) - _used(connection, batch)


def _batches(digests: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(digests)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _used(connection: Connection, digests: Sequence[str]) -> set[str]:
    artifacts, datasets = schema.artifacts.c.sha256, schema.datasets.c.blob
    of_artifacts = connection.execute(select(artifacts).where(artifacts.in_(digests)).distinct()).scalars()
    of_datasets = connection.execute(select(datasets).where(datasets.in_(digests)).distinct()).scalars()
    return {*of_artifacts, *(digest for digest in of_datasets if digest)}
