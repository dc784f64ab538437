"""What differs between the databases that can hold a ledger."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

__all__ = ["ChangeCounter", "Dialect"]


class ChangeCounter(Protocol):
    """Whether anything was written since the last look."""

    def version(self) -> str:
        """Return a text that differs from the last one if anything was written meanwhile."""

    def close(self) -> None:
        """Give back what the counter holds."""


class Dialect(Protocol):
    """One kind of database."""

    @property
    def reader(self) -> Engine:
        """Begins transactions that see one state of the ledger."""

    @property
    def writer(self) -> Engine:
        """Begins transactions whose statements each see all that was committed before them."""

    def now(self, connection: Connection) -> float:
        """Return the database's time in seconds since 1970: one clock for all servers and workers."""

    def is_away(self, error: DBAPIError) -> bool:
        """Return whether the same call may work in a moment."""

    def changes(self) -> ChangeCounter:
        """Return a new counter of changes."""

    def empty_log(self) -> bool:
        """Erase rows deleted since from files that still hold them; returns whether that was possible now."""

    def close(self) -> None:
        """Close every connection."""
