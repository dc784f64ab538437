"""Whether there is time: for one more update and the look that must follow it, or for one more fit."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Clock", "no_limit", "share_of"]

_RECENT = 20
"""Updates by which the next ones are foretold: a machine that was held up once is not slow for good."""
_ENOUGH = 4


def no_limit() -> float:
    """Return the seconds left where nobody set a limit: infinity."""
    return math.inf


def share_of(remaining: Callable[[], float], share: float) -> Callable[[], float]:
    """Return a clock that runs out when this share, in (0, 1], of the seconds that are left now is used up."""
    left = remaining()
    kept = (1 - share) * max(0.0, left)
    return remaining if math.isinf(left) else lambda: remaining() - kept


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
        self._updates: deque[float] = deque(maxlen=_RECENT)
        self._look_seconds: float | None = None

    def out_of_time(self) -> bool:
        """Return whether the run must stop now; to be asked before every update."""
        now = self._remaining()
        if math.isinf(now):
            return now < 0
        if self._last is not None:
            self._updates.append(self._last - now)
        self._last = now
        return now <= self._reserve() + self._slowest()

    def updates_left(self) -> float:
        """Return for how many updates there is time; infinity without a limit, or while too few were seen."""
        if self._last is None or len(self._updates) < _ENOUGH or not (typical := self._typical()) > 0:
            return math.inf
        # The last of them must begin before this clock says that time is over.
        begun_in = self._last - self._reserve() - self._slowest()
        return max(0.0, math.ceil(begun_in / typical + 1) - 1.0)

    @contextmanager
    def look(self) -> Iterator[None]:
        """Measure what happens inside as one look."""
        before = self._remaining()
        yield
        self._last = None
        if not math.isinf(before):
            self._look_seconds = max(self._look_seconds or 0.0, before - self._remaining())

    def _reserve(self) -> float:
        """Return the seconds that the next look will take."""
        return self._updates_per_look * self._typical() if self._look_seconds is None else self._look_seconds

    def _typical(self) -> float:
        """Return what an update takes; the first ones are often slow, so with few it is their maximum."""
        return statistics.median(self._updates) if len(self._updates) >= _ENOUGH else self._slowest()

    def _slowest(self) -> float:
        return max(self._updates, default=0.0)
