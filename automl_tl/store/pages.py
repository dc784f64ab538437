"""Pages of a list by keyset: a page begins after the last key of the page before, so it stays put."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from automl_tl import names
from automl_tl.errors import InvalidInput

__all__ = ["Page", "PageRequest"]

DEFAULT_SIZE = 50
LARGEST_SIZE = 1000

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page; ``next_token`` is "" on the last one."""

    items: tuple[T, ...]
    next_token: str = ""

    def map(self, function: Callable[[T], U]) -> Page[U]:
        """Return the page with ``function`` applied to every item."""
        return Page(tuple(function(item) for item in self.items), self.next_token)


@dataclass(frozen=True)
class PageRequest:
    """Which page is wanted: ``size`` 0 means 50, above 1000 counts as 1000; ``token`` of the page before."""

    size: int = 0
    token: str = ""

    @property
    def limit(self) -> int:
        """Number of items on a full page; raises InvalidInput if ``size`` is negative."""
        if self.size < 0:
            raise InvalidInput(f"page_size must be at least 0 but got {self.size}", field="page_size")
        return min(self.size or DEFAULT_SIZE, LARGEST_SIZE)

    def after(self, query: Sequence[Any]) -> int | str | None:
        """Return the key after which the page begins, None for the first page.

        Parameters
        ----------
        query
            JSON-able values that say what is listed; a token of another list is refused.

        Raises
        ------
        InvalidInput
            If the token was not made for this query.
        """
        if not self.token:
            return None
        try:
            check, key = json.loads(base64.urlsafe_b64decode(self.token.encode("ascii")))
        except (binascii.Error, UnicodeError, ValueError, TypeError):
            check, key = "", None
        if check != _check(query, key) or not isinstance(key, int | str):
            raise InvalidInput(
                "page_token must be the next_page_token of the previous answer to the same request; "
                "leave it empty to begin again",
                field="page_token",
            )
        return key

    def page(self, items: Sequence[T], key: Callable[[T], int | str], query: Sequence[Any]) -> Page[T]:
        """Return the page out of up to ``limit + 1`` items; the extra one only says that there is more."""
        if len(items) <= self.limit:
            return Page(tuple(items))
        shown = tuple(items[: self.limit])
        return Page(shown, _token(query, key(shown[-1])))


def _check(query: Sequence[Any], key: Any) -> str:
    return names.digest_json([list(query), key])[:16]


def _token(query: Sequence[Any], key: int | str) -> str:
    return base64.urlsafe_b64encode(json.dumps([_check(query, key), key]).encode()).decode()
