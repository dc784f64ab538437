"""Bearer tokens: who may do what in which project. Only a hash of each secret is stored."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from automl_tl import names
from automl_tl.errors import InvalidInput, NotFound, Unauthenticated
from automl_tl.store import schema
from automl_tl.store.codec import from_seconds
from automl_tl.store.engine import Database

__all__ = ["TOKEN_PATTERN", "TokenRecord", "Tokens"]

TOKEN_PATTERN = r"atl_([0-9a-f]{16})_([A-Za-z0-9_-]{43})"  # noqa: S105
"""What a token looks like: an id that may be seen, and 256 random bits that may not."""

_MAX_LABEL = 128
_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class TokenRecord:
    """What may be told about a token; times are UTC, None where there is none."""

    id: str
    project: str
    label: str
    create_time: datetime
    expire_time: datetime | None = None
    revoke_time: datetime | None = None


class Tokens:
    """Token rows.

    A fast hash is enough: a secret of 256 random bits cannot be guessed, unlike what people choose.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, project: str, *, label: str = "", lifetime_seconds: float = 0.0) -> tuple[str, TokenRecord]:
        """Return a new token's text, which nothing tells again, and its record.

        Parameters
        ----------
        label
            For people: whose it is.
        lifetime_seconds
            After which it expires; 0 means never.
        """
        names.parse_project(names.project_name(project), field="project")
        if len(label) > _MAX_LABEL or lifetime_seconds < 0:
            raise InvalidInput(
                f"a label has at most {_MAX_LABEL} characters and a lifetime is not negative, but got "
                f"{len(label)} characters and {lifetime_seconds} s",
                field="label",
            )
        identifier, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        table = schema.tokens
        with self._database.write() as connection:
            now = self._database.now(connection)
            connection.execute(
                table.insert().values(
                    id=identifier,
                    project=project,
                    secret_hash=_hash(secret),
                    label=label,
                    create_time=now,
                    expire_time=now + lifetime_seconds if lifetime_seconds else None,
                )
            )
            row = connection.execute(select(table).where(table.c.id == identifier)).one()
        return f"atl_{identifier}_{secret}", _record(row)

    def list(self, project: str = "") -> tuple[TokenRecord, ...]:
        """Return the tokens of a project, or of all, oldest first; revoked ones too."""
        table = schema.tokens
        query = select(table).order_by(table.c.create_time, table.c.id)
        if project:
            query = query.where(table.c.project == project)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def revoke(self, identifier: str) -> TokenRecord:
        """Make a token useless for ever; doing so again changes nothing. Raises NotFound."""
        table = schema.tokens
        this = table.c.id == identifier
        with self._database.write() as connection:
            now = self._database.now(connection)
            connection.execute(table.update().where(this, table.c.revoke_time.is_(None)).values(revoke_time=now))
            row = connection.execute(select(table).where(this)).first()
        if row is None:
            raise NotFound(
                f"there is no token {identifier!r:.40}; `automl-tl token list` shows them", field="token"
            )
        return _record(row)

    def verify(self, text: str) -> TokenRecord:
        """Return the record of a token that is good now.

        Raises
        ------
        Unauthenticated
            With the same text for a token that is unknown, wrong, expired or revoked.
        """
        found = re.fullmatch(TOKEN_PATTERN, text)
        identifier, secret = (found[1], found[2]) if found else ("", "")
        table = schema.tokens
        with self._database.read() as connection:
            now = self._database.now(connection)
            row = connection.execute(select(table).where(table.c.id == identifier)).first()
        # The comparison takes as long for a wrong secret as for a right one, and is made for unknown ids too.
        right = hmac.compare_digest(_hash(secret), _NOBODY if row is None else row.secret_hash)
        expired = row is not None and row.expire_time is not None and row.expire_time <= now
        if row is None or not right or expired or row.revoke_time is not None:
            raise Unauthenticated(
                "the token is not valid (any more); ask the operator of the service for a new one"
            )
        return _record(row)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(row: Any) -> TokenRecord:
    created = from_seconds(row.create_time)
    assert created is not None
    return TokenRecord(
        row.id, row.project, row.label, created, from_seconds(row.expire_time), from_seconds(row.revoke_time)
    )
