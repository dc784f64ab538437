"""Request ids: a write that is sent twice is done once (AIP-155)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection, select

from automl_tl.errors import AlreadyExists, InvalidInput
from automl_tl.store import schema
from automl_tl.store.locks import hold

__all__ = ["RequestKey", "forget", "recall", "recall_alone", "remember"]


@dataclass(frozen=True)
class RequestKey:
    """Identity of one write.

    Attributes
    ----------
    project
        Request ids of different projects do not meet.
    request_id
        Chosen by the client; "" means that nothing is remembered.
    method
        Name of the call, such as ``CreateJob``.
    body_digest
        SHA-256 of everything in the request but the id.
    """

    project: str
    request_id: str
    method: str
    body_digest: str

    def __post_init__(self) -> None:
        if self.request_id and re.fullmatch(r"[A-Za-z0-9._-]{1,128}", self.request_id) is None:
            raise InvalidInput(
                f"request_id must be 1 to 128 characters of [A-Za-z0-9._-] but got {self.request_id!r}",
                field="request_id",
            )


def recall(connection: Connection, key: RequestKey | None) -> str | None:
    """Return what the first request with this id answered, None if there was none.

    Raises
    ------
    AlreadyExists
        If the first request had another body or was another call.
    """
    if key is None or not key.request_id:
        return None
    table = schema.requests
    query = select(table).where(table.c.project == key.project, table.c.request_id == key.request_id)
    row = connection.execute(query).first()
    if row is None:
        return None
    if (row.method, row.body_digest) != (key.method, key.body_digest):
        raise AlreadyExists(
            f"request_id {key.request_id!r} was used for a different {row.method} request; choose a fresh one",
            field="request_id",
        )
    return str(row.answer)


def recall_alone(connection: Connection, key: RequestKey | None) -> str | None:
    """Do as :func:`recall`, and keep equal requests waiting until the transaction ends.

    Every write transaction that remembers a request begins with this, before it locks anything else.
    """
    if key is not None and key.request_id:
        hold(connection, "request", key.project, key.request_id)
    return recall(connection, key)


def forget(connection: Connection, before: float) -> int:
    """Forget requests older than a time; nobody repeats them any more. Returns how many there were."""
    table = schema.requests
    return connection.execute(table.delete().where(table.c.create_time < before)).rowcount


def remember(connection: Connection, key: RequestKey | None, answer: str, now: float) -> None:
    """Store the answer of a request; call it in the transaction that did the work."""
    if key is None or not key.request_id:
        return
    connection.execute(
        schema.requests.insert().values(
            project=key.project,
            request_id=key.request_id,
            method=key.method,
            body_digest=key.body_digest,
            answer=answer,
            create_time=now,
        )
    )
