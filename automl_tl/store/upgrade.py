"""Bringing a ledger's tables to the revision that this program needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from automl_tl.errors import FailedPrecondition
from automl_tl.store.engine import Database
from automl_tl.store.locks import hold
from automl_tl.store.revisions import REVISIONS, VERSION_TABLE, found_revision, is_older

__all__ = ["Upgrade", "scripts", "upgrade"]


@dataclass(frozen=True)
class Upgrade:
    """From which revision to which a database went; ``before`` is "" where it was empty."""

    before: str
    after: str


def scripts() -> ScriptDirectory:
    """Return the revisions as Alembic sees them."""
    config = Config()
    config.set_main_option("script_location", "automl_tl.store:migrations")
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def upgrade(url: str) -> Upgrade:
    """Upgrade a ledger, all in one transaction; one that is up to date stays as it is.

    Raises
    ------
    FailedPrecondition
        If the database is of a revision that this program does not know.
    Unavailable
        If the database is away, or in use for too long. Nothing has changed then.
    """
    database = Database(url, check=False)
    try:
        with database.write() as connection:
            hold(connection, "schema")
            before = found_revision(connection)
            if before and not is_older(before) and before != REVISIONS[-1]:
                raise FailedPrecondition(
                    f"the ledger's tables are of revision {before}, which this program does not know; "
                    "use the newer program that wrote it"
                )
            _run(connection, before)
            return Upgrade(before, found_revision(connection))
    finally:
        database.close()


def _run(connection: Connection, before: str) -> None:
    directory, config = scripts(), Config()

    def steps(_revision: object, _context: object) -> Any:
        return directory._upgrade_revs("head", before or "base")

    with EnvironmentContext(config, directory, fn=steps) as environment:
        environment.configure(connection=connection, version_table=VERSION_TABLE)
        if before and not environment.get_context().get_current_heads():
            # The first ledgers carry no revision that Alembic could read.
            environment.get_context().stamp(directory, before)
        environment.run_migrations()
