"""Whether there is time for one more update and for the look that must follow it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Clock"]


class Clock:
    """Watches the seconds that are left and keeps enough of them for a last validation and checkpoint.

    Parameters
    ----------
    remaining
        Seconds left, possibly negative; infinity where there is no limit.
    updates_per_look
        Rough cost of one look in updates; used until the first look has been measured.
    """

    def __init__(self, remaining: Callable[[], float], updates_per_look: float) -> None:
        self._remaining = remaining
        self._updates_per_look = updates_per_look
        self._last: float | None = None
        self._update_seconds = 0.0
        self._look_seconds: float | None = None

    def out_of_time(self) -> bool:
        """Return whether the run must stop now; to be asked before every update."""
        now = self._remaining()
        if math.isinf(now):
            return now < 0
        if self._last is not None:
            self._update_seconds = max(self._update_seconds, self._last - now)
        self._last = now
        look = self._look_seconds
        reserve = self._updates_per_look * self._update_seconds if look is None else look
        return now <= reserve + self._update_seconds

    @contextmanager
    def look(self) -> Iterator[None]:
        """Measure what happens inside as one look."""
        before = self._remaining()
        yield
        self._last = None
        if not math.isinf(before):
            self._look_seconds = max(self._look_seconds or 0.0, before - self._remaining())
