"""Locks on names, for facts that no row stands for yet: a free name, a blob without a reference."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, text

__all__ = ["hold"]


def hold(connection: Connection, *words: str) -> None:
    """Keep others out of what the words name until the transaction ends.

    Whoever takes several locks takes them in sorted order, and before it locks rows. In SQLite every write
    transaction keeps all others out, so there is nothing to do.
    """
    if connection.dialect.name != "postgresql":
        return
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
