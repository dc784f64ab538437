"""Counts and lists of names in sentences for people."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["are", "counted", "have", "some"]

_SHOWN = 5


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 row``, ``2 rows``, ``2 classes``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def are(number: int) -> str:
    """Return ``is`` for one, else ``are``."""
    return "is" if number == 1 else "are"


def have(number: int) -> str:
    """Return ``has`` for one, else ``have``."""
    return "has" if number == 1 else "have"


def some(names: Sequence[str]) -> str:
    """Return the first five names, quoted, and how many more there are."""
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
