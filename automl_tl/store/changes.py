"""Whether anything was written since the last look: one cheap question instead of many."""

from __future__ import annotations

from automl_tl.store.engine import Database

__all__ = ["Changes"]


class Changes:
    """Asks the database for a text that changes with every commit, whoever made it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counter = database.changes()

    def version(self) -> str:
        """Return a text that differs from the last one if anything was written meanwhile.

        It may also differ where nothing was written. Raises Unavailable while the database is away.
        """
        with self._database.away_is_unavailable():
            return self._counter.version()

    def close(self) -> None:
        """Close what the question needs."""
        self._counter.close()
