"""How long to wait before the next try, and when to give up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Backoff"]


@dataclass
class Backoff:
    """Exponential waiting with jitter and a limit.

    Attributes
    ----------
    first, longest
        Seconds of the first and of the longest wait.
    patience
        Seconds of waiting after which :meth:`wait` gives up; :meth:`reset` starts the count again.
    sleep, random
        The clock and the dice, replaceable in tests.
    """

    first: float = 0.2
    longest: float = 5.0
    patience: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    _tries: int = field(default=0, init=False)
    _waited: float = field(default=0.0, init=False)

    def wait(self) -> bool:
        """Sleep before the next try and return True, or return False at once when patience is used up."""
        if self._waited >= self.patience:
            return False
        seconds = min(self.longest, self.first * 2.0 ** min(self._tries, 30)) * (0.5 + 0.5 * self.random())
        self.sleep(seconds)
        self._tries += 1
        self._waited += seconds
        return True

    def reset(self) -> None:
        """Forget earlier failures: something worked."""
        self._tries, self._waited = 0, 0.0
