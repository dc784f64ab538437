"""The database connection: short transactions, one clock, and one way to say that the database is away."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from automl_tl.errors import InvalidInput, Unavailable
from automl_tl.store.dialect import ChangeCounter, Dialect
from automl_tl.store.postgresql import Postgresql
from automl_tl.store.revisions import require_revision
from automl_tl.store.sqlite import Sqlite

__all__ = ["Database", "parse_url"]

_LOG = logging.getLogger(__name__)
_FORMS = "sqlite:///path or postgresql+psycopg://user@host/database"


class Database:
    """Opens transactions on the ledger.

    Parameters
    ----------
    url
        ``sqlite:///path`` (the file is created where it is missing, its directory is not) or
        ``postgresql+psycopg://user@host/database``.
    clock
        Seconds since 1970 instead of the database's time; for tests.
    check
        Whether to make the tables where there are none, and to refuse those of another revision.

    Raises
    ------
    InvalidInput
        If the URL is of another form, or its driver is not installed.
    FailedPrecondition
        If the database was written by another revision of the schema.
    Unavailable
        If the database cannot be reached.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] | None = None, check: bool = True) -> None:
        self.url = parse_url(url)
        self._clock = clock
        self._dialect = _dialect(self.url)
        if check:
            try:
                require_revision(self)
            except BaseException:
                self.close()
                raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the ledger and writes nothing."""
        with self.away_is_unavailable(), self._dialect.reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that writes; on disk when the block is left.

        In SQLite it keeps all other writers out from its start. In PostgreSQL it does not: lock the rows that
        decide (``with_for_update``), or a name (:func:`automl_tl.store.locks.hold`), before you look.
        """
        with self.away_is_unavailable(), self._dialect.writer.begin() as connection:
            yield connection

    def now(self, connection: Connection) -> float:
        """Return the database's time in seconds since 1970, the same for all servers and workers."""
        return self._clock() if self._clock is not None else self._dialect.now(connection)

    def changes(self) -> ChangeCounter:
        """Return a new counter of changes."""
        return self._dialect.changes()

    def empty_log(self) -> bool:
        """Erase deleted rows from the database's files; returns whether that was possible now."""
        return self._dialect.empty_log()

    def close(self) -> None:
        """Close every pooled connection."""
        self._dialect.close()

    @contextmanager
    def away_is_unavailable(self) -> Iterator[None]:
        """Raise Unavailable where the driver's error says that the same call may work in a moment."""
        try:
            yield
        except PoolTimeoutError as error:
            raise Unavailable("every connection to the ledger's database is in use; try again") from error
        except DBAPIError as error:
            if not self._dialect.is_away(error):
                raise
            # Drivers tell addresses and statements: that is for the operator, not for the other side of the wire.
            _LOG.warning("the ledger's database is away: %s", str(error.orig).partition("\n")[0])
            raise Unavailable("the ledger's database is away or busy for the moment; try again") from error


def parse_url(url: str) -> URL:
    """Return the URL of a database that can hold a ledger; raises InvalidInput."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _refused(url) from None
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "postgresql+psycopg" and parsed.database:
        return parsed
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise _refused(parsed.render_as_string(hide_password=True))


def _refused(url: str) -> InvalidInput:
    return InvalidInput(f"the ledger's url must look like {_FORMS} but got {url!r}", field="database")


def _dialect(url: URL) -> Dialect:
    if url.get_backend_name() == "sqlite":
        return Sqlite(url)
    try:
        return Postgresql(url)
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"a ledger in PostgreSQL needs the package {error.name}; install 'automl-tl[postgres]'",
            field="database",
        ) from None
