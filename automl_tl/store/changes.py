"""Whether anything was written since the last look: one cheap question instead of many."""

from __future__ import annotations

import threading

from automl_tl.store.engine import Database

__all__ = ["Changes"]


class Changes:
    """Asks SQLite for its data version, which changes with every commit of another connection or process."""

    def __init__(self, database: Database) -> None:
        # The version is told per connection, so this object keeps one for itself and never writes with it.
        self._connection = database.raw_connection()
        self._lock = threading.Lock()

    def version(self) -> int:
        """Return a number that differs from the last one if anything was written meanwhile."""
        with self._lock:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()
