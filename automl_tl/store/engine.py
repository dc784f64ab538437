"""The database connection: durable SQLite, short transactions, one writer at a time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from automl_tl.errors import FailedPrecondition, InvalidInput, Unavailable
from automl_tl.store import schema

__all__ = ["Database"]

_BUSY_SECONDS = 30.0
_LOG_SECONDS = 5.0  # transactions here are short, and whoever deletes something waits


class Database:
    """Opens transactions on the ledger.

    Parameters
    ----------
    url
        ``sqlite:///path``; the file is created where it is missing, its directory is not.
    clock
        Seconds since 1970; every time in the ledger comes from it.

    Raises
    ------
    InvalidInput
        If the URL is not that of an SQLite file.
    FailedPrecondition
        If the file was written by another schema version.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._reader = _sqlite_engine(url)
        # Taking the write lock at BEGIN makes waiting orderly: a reader that turns writer cannot wait at all.
        self._writer = self._reader.execution_options(immediate=True)
        _use_write_ahead_log(self._reader)
        with self.write() as connection:
            _check_schema(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the ledger and writes nothing."""
        with _busy_is_unavailable(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that holds the write lock from its start; on disk when the block is left."""
        with _busy_is_unavailable(), self._writer.begin() as connection:
            yield connection

    def raw_connection(self) -> sqlite3.Connection:
        """Return a connection of the driver that belongs to the caller, in autocommit mode."""
        database = self._reader.url.database
        assert database is not None
        connection = sqlite3.connect(database, timeout=_BUSY_SECONDS, check_same_thread=False)
        connection.isolation_level = None
        return connection

    def empty_log(self) -> bool:
        """Move the write-ahead log into the database and empty it; returns whether nobody stood in the way.

        Until then the log holds every page as it was written, those of rows deleted since among them.
        """
        connection = self.raw_connection()
        try:
            connection.execute(f"PRAGMA busy_timeout = {int(_LOG_SECONDS * 1000)}")
            return connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        finally:
            connection.close()

    def now(self) -> float:
        """Return the present time in seconds since 1970."""
        return self.clock()

    def close(self) -> None:
        """Close every pooled connection."""
        self._reader.dispose()


def _sqlite_engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise InvalidInput(f"the ledger's url must look like 'sqlite:///path' but got {url!r}", field="url")
    engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_connection(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not begin transactions by itself: it would do so late and without the write lock.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {int(_BUSY_SECONDS * 1000)}",
        "foreign_keys = ON",
        "synchronous = FULL",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _use_write_ahead_log(engine: Engine, attempts: int = 50) -> None:
    """Switch the file to WAL; SQLite does not wait for other processes here, so we do."""
    for attempt in range(attempts):
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if attempt == attempts - 1:
                raise Unavailable("the ledger is locked by another process; try again") from None
            time.sleep(0.1)
        finally:
            raw.close()


def _check_schema(connection: Connection) -> None:
    if not inspect(connection).has_table(schema.schema_version.name):
        schema.metadata.create_all(connection)
        connection.execute(schema.schema_version.insert().values(version=schema.SCHEMA_VERSION))
        return
    found = connection.execute(select(schema.schema_version.c.version)).scalar_one()
    if found != schema.SCHEMA_VERSION:
        raise FailedPrecondition(
            f"the ledger has schema version {found} but this program needs {schema.SCHEMA_VERSION}; "
            "use the program that wrote it, or another data directory",
        )


@contextmanager
def _busy_is_unavailable() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if "locked" not in str(error.orig) and "busy" not in str(error.orig):
            raise
        raise Unavailable(f"the ledger was busy for {_BUSY_SECONDS:.0f} seconds; try again") from error
