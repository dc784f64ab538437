"""Clocks that can be shared out: a part of the time for each explanation, and of that for each of its steps."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Remaining", "limited"]

Remaining = Callable[[], float]
"""Seconds left; infinite without a limit, zero or less once time is over."""


def limited(remaining: Remaining, seconds: float) -> Remaining:
    """Return a clock that ends ``seconds`` from now, or with ``remaining`` if that is sooner."""
    end = time.monotonic() + seconds
    return lambda: min(remaining(), end - time.monotonic())
