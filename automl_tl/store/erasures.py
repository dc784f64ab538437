"""Erasing files that belonged to deleted rows, also when a crash comes in between and on other machines.

The transaction that deletes rows writes down what is to be erased; whoever comes next carries it out. Processes
with a data directory of their own find by themselves what lies there of rows that are gone.
"""

from __future__ import annotations

import logging
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from automl_tl.store import schema
from automl_tl.store.blobs import BlobStore
from automl_tl.store.codec import from_json, to_json
from automl_tl.store.engine import Database
from automl_tl.store.layout import DataDirectory
from automl_tl.store.locks import hold
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
                _set_aside(connection, row.kind, row.project, row.key, directory)
                connection.execute(schema.erasures.delete().where(schema.erasures.c.id == row.id))
        _empty(directory.trash)
        if not self._database.empty_log():
            _LOG.warning("deleted rows are still in the ledger's write-ahead log: it was in use all the time")
        return len(pending)

    def needed(self, kind: str, project: str, key: str) -> bool:
        """Return whether there is a row of this ``dataset`` (key: its digest, in any project) or ``job``."""
        with self._database.read() as connection:
            return _exists(connection, kind, project, key)

    def sweep(self, directory: DataDirectory) -> int:
        """Erase what lies in this directory of datasets and jobs whose rows are gone; returns how many there were.

        Whoever has a directory of its own calls it now and then: rows may be deleted through any server.
        """
        swept = 0
        for kind, project, key in sorted(_present(directory)):
            if self.needed(kind, project, key):
                continue
            with self._database.write() as connection:
                swept += _set_aside(connection, kind, project, key, directory)
        _empty(directory.trash)
        return swept


def _set_aside(connection: Connection, kind: str, project: str, key: str, directory: DataDirectory) -> bool:
    """Move files of a dataset or job away unless its row is back; returns whether they may go."""
    if kind == "job":
        hold(connection, "job", project, key)
        paths: tuple[Path, ...] = (directory.job_work(project, key),)
    else:
        hold(connection, "dataset", key)
        paths = (directory.dataset_embeddings(key), directory.dataset_work(key))
    if _exists(connection, kind, project, key):
        return False
    for path in paths:
        _move_aside(path, directory.trash)
    return True


def _exists(connection: Connection, kind: str, project: str, key: str) -> bool:
    jobs, datasets = schema.jobs, schema.datasets
    query: Any = select(datasets.c.id).where(datasets.c.digest == key)
    if kind == "job":
        query = select(jobs.c.id).where(jobs.c.project == project, jobs.c.job == key)
    return connection.execute(query.limit(1)).first() is not None


def _present(directory: DataDirectory) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, project, key) of everything that lies in a directory; a dataset may come twice."""
    for place in (directory.dataset_embeddings("0").parent, directory.dataset_work("0").parent):
        for path in place.glob("*"):
            if re.fullmatch(r"[0-9a-f]{64}", path.name):
                yield "dataset", "", path.name
    for path in directory.job_work("p", "j").parent.parent.glob("*/*"):
        yield "job", path.parent.name, path.name


def _move_aside(path: Path, trash: Path) -> None:
    if path.exists():
        trash.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(trash / uuid.uuid4().hex)


def _empty(trash: Path) -> None:
    for path in list(trash.iterdir()) if trash.is_dir() else []:
        shutil.rmtree(path, ignore_errors=True)
