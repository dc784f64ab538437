"""Erasing files that belonged to deleted rows, also when a crash comes in between.

The transaction that deletes rows writes down what is to be erased; whoever comes next carries it out.
"""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from automl_tl.store import schema
from automl_tl.store.blobs import BlobStore
from automl_tl.store.codec import from_json, to_json
from automl_tl.store.engine import Database
from automl_tl.store.layout import DataDirectory
from automl_tl.store.references import References

__all__ = ["Erasures", "demand"]

_LOG = logging.getLogger(__name__)


def demand(connection: Connection, kind: str, project: str, key: str, blobs: Sequence[str], now: float) -> None:
    """Write down that a ``dataset`` (key: its digest) or ``job`` (key: its id) was deleted."""
    values = {"kind": kind, "project": project, "key": key, "blobs": to_json(list(blobs)), "create_time": now}
    connection.execute(schema.erasures.insert().values(**values))


class Erasures:
    """What is still to be erased."""

    def __init__(self, database: Database, references: References) -> None:
        self._database = database
        self._references = references

    def carry_out(self, directory: DataDirectory, blobs: BlobStore) -> int:
        """Erase the files of everything that was deleted; returns how many deletions were carried out.

        A dataset's blob goes if nothing else refers to it, its cached embeddings and unpacked copy if no project
        holds the same content any more; a job's work directory always. The deleted rows themselves go from the
        database's files.
        """
        with self._database.read() as connection:
            pending = connection.execute(select(schema.erasures).order_by(schema.erasures.c.id)).all()
        for row in pending:
            self._references.erase(from_json(row.blobs), blobs)
            # Moved aside while nobody can make the rows anew, and erased without keeping anybody waiting.
            with self._database.write() as connection:
                for path in _paths(connection, row, directory):
                    _move_aside(path, directory.trash)
                connection.execute(schema.erasures.delete().where(schema.erasures.c.id == row.id))
        _empty(directory.trash)
        if not self._database.empty_log():
            _LOG.warning("deleted rows are still in the ledger's write-ahead log: it was in use all the time")
        return len(pending)


def _paths(connection: Connection, row: Any, directory: DataDirectory) -> tuple[Path, ...]:
    if row.kind == "job":
        jobs = schema.jobs
        again = select(jobs.c.id).where(jobs.c.project == row.project, jobs.c.job == row.key)
        paths: tuple[Path, ...] = (directory.job_work(row.project, row.key),)
    else:
        again = select(schema.datasets.c.id).where(schema.datasets.c.digest == row.key)
        paths = (directory.dataset_embeddings(row.key), directory.dataset_work(row.key))
    return () if connection.execute(again).first() is not None else paths


def _move_aside(path: Path, trash: Path) -> None:
    if path.exists():
        trash.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(trash / uuid.uuid4().hex)


def _empty(trash: Path) -> None:
    for path in list(trash.iterdir()) if trash.is_dir() else []:
        shutil.rmtree(path, ignore_errors=True)
