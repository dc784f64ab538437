"""What trials have used of the device time that a budget pays for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from automl_tl.search.budget import StopReason
from automl_tl.search.trial import Trial

__all__ = ["FREE_ORIGINS", "Spending"]

FREE_ORIGINS = frozenset({"probe", "baseline"})
"""Origins of trials that the budget does not count."""

_SHORTEST = 1.0
"""Seconds for which no trial is begun."""


class Spending:
    """Adds up the seconds of all trials, those that run now included.

    Parameters
    ----------
    limits
        Seconds that all trials together may run, by what ends the search when they are used up.
    clock
        Seconds, for trials that are running.
    """

    def __init__(self, limits: Mapping[StopReason, float], clock: Callable[[], float]) -> None:
        self._limit = min(limits.values(), default=math.inf)
        self._reason = min(limits, key=lambda name: limits[name], default=None)
        self._clock = clock
        self._running: dict[str, float] = {}
        self._used: dict[str, float] = {}

    def adopt(self, trials: Iterable[Trial]) -> None:
        """Count what an earlier process spent."""
        self._used |= {trial.id: trial.seconds for trial in trials if trial.origin not in FREE_ORIGINS}

    def begin(self, trial: Trial) -> None:
        """The trial holds its device from now on; what it took before it was paused is counted already."""
        self._running[trial.id] = self._clock()

    def end(self, trial: Trial) -> None:
        """The trial holds nothing any more."""
        since = self._running.pop(trial.id, None)
        if since is not None:
            self._used[trial.id] = self._used.get(trial.id, 0.0) + self._clock() - since

    def left(self) -> float:
        """Return the seconds that trials may still run, together; infinity without a limit."""
        now = self._clock()
        return self._limit - sum(self._used.values()) - sum(now - since for since in self._running.values())

    def allowance(self) -> float:
        """Return the seconds that one more trial may run if those that run now go on as long."""
        return max(0.0, self.left() / (len(self._running) + 1))

    def exhausted(self) -> StopReason | None:
        """Return which limit is reached, None if none is."""
        return self._reason if self.left() <= _SHORTEST else None
