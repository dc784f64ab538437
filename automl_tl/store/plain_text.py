"""Text that every database takes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text
from sqlalchemy.types import TypeDecorator

__all__ = ["PlainText"]

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class PlainText(TypeDecorator[str]):
    """Text in which characters that some databases refuse become U+FFFD.

    These are NUL, which PostgreSQL refuses, and halves of surrogate pairs, which have no UTF-8 (Python makes them
    of file names that are not UTF-8).
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Return what is stored for a text."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        clean = value.replace("\0", _REPLACEMENT)
        return clean.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
