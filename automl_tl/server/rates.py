"""How many calls a project, or a machine without a token, may make: a bucket of tokens for each."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from automl_tl.errors import InvalidInput, RateLimited

__all__ = ["RateLimit", "Rates"]

_REMEMBERED = 4096


@dataclass(frozen=True)
class RateLimit:
    """``per_second`` calls in the long run and ``burst`` at once; 0 calls a second means no limit."""

    per_second: float = 0.0
    burst: int = 100

    def __post_init__(self) -> None:
        if self.per_second < 0 or self.burst < 1:
            raise InvalidInput(
                f"a rate must not be negative and a burst at least 1 but got {self.per_second} and {self.burst}",
                field="rate",
            )


class Rates:
    """Buckets by whatever tells callers apart.

    Parameters
    ----------
    clock
        Seconds; for tests.
    """

    def __init__(self, limit: RateLimit, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Take one from a caller's bucket; raises RateLimited, with the time until there is one more."""
        rate, now = self._limit.per_second, self._clock()
        if not rate:
            return
        left, then = self._buckets.pop(key, (float(self._limit.burst), now))
        left = min(self._limit.burst, left + (now - then) * rate)
        allowed = left >= 1.0
        self._buckets[key] = (left - 1.0 if allowed else left, now)
        # The bucket that was not used for longest is as good as full.
        while len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        if not allowed:
            wait = (1.0 - left) / rate
            raise RateLimited(
                f"more than {rate:g} calls a second; try again in {wait:.1f} s", retry_seconds=max(wait, 0.01)
            )
