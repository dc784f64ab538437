"""Which revision of the tables a database has, and which one this program needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from automl_tl.errors import FailedPrecondition
from automl_tl.store import schema
from automl_tl.store.locks import hold

if TYPE_CHECKING:
    from automl_tl.store.engine import Database

__all__ = ["REVISIONS", "VERSION_TABLE", "found_revision", "is_older", "require_revision", "upgrade_command"]

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every revision in order, each a file in ``migrations/versions``; the last is what this program needs."""

VERSION_TABLE = "automl_tl_revision"
"""A table of our own name, so that another program's migrations may live in the same database."""

_BEFORE_MIGRATIONS = "schema_version"

_revision = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))


def found_revision(connection: Connection) -> str:
    """Return the revision of a database's tables, "" where it has none of ours."""
    tables = inspect(connection)
    if tables.has_table(VERSION_TABLE):
        return str(connection.execute(select(_revision.c.version_num)).scalar_one_or_none() or "")
    return REVISIONS[0] if tables.has_table(_BEFORE_MIGRATIONS) else ""


def require_revision(database: Database) -> None:
    """Make the tables in an empty database; raises FailedPrecondition if they are of another revision."""
    with database.read() as connection:
        found = found_revision(connection)
    if not found:
        with database.write() as connection:
            hold(connection, "schema")
            # Somebody else may have come first while this process waited.
            found = found_revision(connection) or _create(connection)
    needed = REVISIONS[-1]
    if found == needed:
        return
    if is_older(found):
        raise FailedPrecondition(
            f"the ledger's tables are of revision {found} but this program needs {needed}; stop its servers and "
            f"workers, make a backup, then run: {upgrade_command(database)}"
        )
    raise FailedPrecondition(
        f"the ledger's tables are of revision {found}, which this program (revision {needed}) does not know; "
        "use the newer program that wrote it, or another database"
    )


def is_older(revision: str) -> bool:
    """Return whether this program can upgrade tables of a revision."""
    return revision in REVISIONS[:-1]


def upgrade_command(database: Database) -> str:
    """Return the command line that upgrades this database; a password in it is hidden."""
    return f"automl-tl db upgrade --database '{database.url.render_as_string(hide_password=True)}'"


def _create(connection: Connection) -> str:
    schema.metadata.create_all(connection)
    _revision.create(connection)
    connection.execute(_revision.insert().values(version_num=REVISIONS[-1]))
    return REVISIONS[-1]
