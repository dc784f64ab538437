"""A ledger in an SQLite file: durable, one writer at a time."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError

from automl_tl.errors import Unavailable
from automl_tl.store.dialect import ChangeCounter

__all__ = ["Sqlite"]

BUSY_SECONDS = 30.0
LOG_SECONDS = 5.0  # transactions here are short, and whoever deletes something waits

_AWAY = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOMEM,
)
"""Another process writes, the disk is full, or it is gone for the moment."""


class Sqlite:
    """Implements :class:`~automl_tl.store.dialect.Dialect` for one file."""

    def __init__(self, url: URL) -> None:
        self._file = str(url.database)
        self.reader = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
        event.listen(self.reader, "connect", _prepare)
        event.listen(self.reader, "begin", _begin)
        # Taking the write lock at BEGIN makes waiting orderly: a reader that turns writer cannot wait at all.
        self.writer = self.reader.execution_options(immediate=True)
        self._use_write_ahead_log()

    def now(self, connection: Connection) -> float:
        """Return this machine's time: whoever has the file open runs on it."""
        return time.time()

    def is_away(self, error: DBAPIError) -> bool:
        """Return whether the file was locked or could not be written for the moment."""
        # Extended codes keep the kind of error in their lowest byte.
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _AWAY

    def changes(self) -> ChangeCounter:
        """Return a counter with a connection of its own."""
        return _DataVersion(self._raw_connection())

    def empty_log(self) -> bool:
        """Move the write-ahead log into the database and empty it; returns whether nobody stood in the way.

        Until then the log holds every page as it was written, those of rows deleted since among them.
        """
        connection = self._raw_connection()
        try:
            connection.execute(f"PRAGMA busy_timeout = {int(LOG_SECONDS * 1000)}")
            return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()

    def close(self) -> None:
        """Close every pooled connection."""
        self.reader.dispose()

    def _raw_connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=BUSY_SECONDS, check_same_thread=False)
        connection.isolation_level = None
        return connection

    def _use_write_ahead_log(self, attempts: int = 50) -> None:
        """Switch the file to WAL; SQLite does not wait for other processes here, so we do."""
        for attempt in range(attempts):
            try:
                connection = self._raw_connection()
                try:
                    connection.execute("PRAGMA journal_mode = WAL")
                    return
                finally:
                    connection.close()
            except sqlite3.OperationalError as error:
                if attempt == attempts - 1 or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise Unavailable(f"the ledger {self._file} cannot be opened: {error}") from None
                time.sleep(0.1)


class _DataVersion:
    """Asks SQLite for its data version, which changes with every commit of another connection or process."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        # The version is told per connection, so this object keeps one for itself and never writes with it.
        self._connection = connection
        self._lock = threading.Lock()

    def version(self) -> str:
        try:
            with self._lock:
                return str(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the ledger cannot be read for the moment: {error}") from None

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not begin transactions by itself: it would do so late and without the write lock.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {int(BUSY_SECONDS * 1000)}",
        "foreign_keys = ON",
        "synchronous = FULL",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
