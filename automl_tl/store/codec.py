"""Values to text columns and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

__all__ = ["from_json", "from_seconds", "to_json"]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")


def to_json(value: Any) -> str:
    """Return ``value`` as JSON text; NumPy scalars become numbers, NaN and infinities stay what they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)


def from_json(text: str) -> Any:
    """Return what :func:`to_json` wrote."""
    return json.loads(text)


def from_seconds(seconds: float | None) -> datetime | None:
    """Return seconds since 1970 as a UTC datetime; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
