"""A ledger in PostgreSQL: for several servers and workers, on as many machines."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from automl_tl.store.dialect import ChangeCounter

__all__ = ["Postgresql"]

_SETTINGS = {
    # Whoever waits for a row longer than this is told so, as with SQLite.
    "lock_timeout": "30s",
    # A process that stopped in the middle of a transaction must not keep a row for ever.
    "idle_in_transaction_session_timeout": "60s",
}
_CONNECT = {
    "connect_timeout": 5,
    "application_name": "automl-tl",
    # A server that vanished without closing its connections is noticed within half a minute.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_CONNECTIONS = 10

_AWAY = (
    "08",  # the connection broke
    "25P03",  # a transaction idled too long
    "40",  # serialisation failure, deadlock
    "53",  # disk full, out of memory, too many connections
    "55P03",  # a lock was not to be had in time
    "57",  # the server stops, or an operator intervened
    "58",  # an error of the machine: I/O, a missing file
)
"""Classes and codes of SQLSTATE after which the same call may work in a moment."""


class Postgresql:
    """Implements :class:`~automl_tl.store.dialect.Dialect` for one database of a server.

    Options in the URL's query are handed to libpq and outrank the ones here.
    """

    def __init__(self, url: URL) -> None:
        given = dict(url.query)
        options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        query = {**given, "options": f"{options} {given.get('options', '')}".strip()}
        engine = create_engine(
            url.set(query=query),
            pool_size=_CONNECTIONS,
            max_overflow=_CONNECTIONS,
            pool_timeout=30.0,
            # A connection that broke while it was idle is replaced unnoticed.
            pool_pre_ping=True,
            connect_args={name: value for name, value in _CONNECT.items() if name not in given},
        )
        event.listen(engine, "connect", _require_durable)
        self.writer = engine.execution_options(isolation_level="READ COMMITTED")
        self.reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def now(self, connection: Connection) -> float:
        """Return the server's time at this moment, not at the beginning of the transaction."""
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    def is_away(self, error: DBAPIError) -> bool:
        """Return whether the server was away, busy, full or about to stop."""
        state = getattr(error.orig, "sqlstate", None)
        if state is None:
            return isinstance(error, OperationalError | InterfaceError)
        return str(state).startswith(_AWAY)

    def changes(self) -> ChangeCounter:
        """Return a counter on the pool's connections."""
        return _Snapshot(self)

    def empty_log(self) -> bool:
        """Return True: what PostgreSQL keeps of deleted rows goes with its own vacuum and its archive's rules."""
        return True

    def close(self) -> None:
        """Close every pooled connection."""
        self.writer.dispose()


class _Snapshot:
    """The transactions in progress and the next one's number: every commit changes this text."""

    def __init__(self, dialect: Postgresql) -> None:
        self._dialect = dialect

    def version(self) -> str:
        with self._dialect.reader.begin() as connection:
            return str(connection.execute(text("SELECT pg_current_snapshot()::text")).scalar_one())

    def close(self) -> None:
        """Nothing is held."""


def _require_durable(connection: Any, _record: Any) -> None:
    """Make commits wait for the disk where the server's own settings would not."""
    autocommit, connection.autocommit = connection.autocommit, True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) "
            "WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.autocommit = autocommit
