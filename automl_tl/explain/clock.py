"""Clocks that can be shared out: a part of the time for each explanation, and of that for each of its steps."""

from __future__ import annotations

import time
from collections.abc import Callable

from automl_tl.errors import DeadlineReached

__all__ = ["Remaining", "limited", "require_time"]

Remaining = Callable[[], float]
"""Seconds left; infinite without a limit, zero or less once time is over."""


def limited(remaining: Remaining, seconds: float) -> Remaining:
    """Return a clock that ends ``seconds`` from now, or with ``remaining`` if that is sooner."""
    end = time.monotonic() + seconds
    return lambda: min(remaining(), end - time.monotonic())


def require_time(remaining: Remaining, what: str) -> None:
    """Raise DeadlineReached if no time is left for ``what``."""
    if remaining() <= 0:
        raise DeadlineReached(f"no time is left for {what}")
