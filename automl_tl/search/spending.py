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
    """Adds up the seconds of all trials, those that run now included, and what these were promised.

    Parameters
    ----------
    limits
        Seconds that all trials together may run, by what ends the search when they are used up.
    clock
        Seconds, for trials that are running.

    Attributes
    ----------
    reason
        The tightest limit, None without any.
    """

    def __init__(self, limits: Mapping[StopReason, float], clock: Callable[[], float]) -> None:
        self._limit = min(limits.values(), default=math.inf)
        self.reason = min(limits, key=lambda name: limits[name], default=None)
        self._clock = clock
        self._running: dict[str, float] = {}
        self._promises: dict[str, float] = {}
        self._used: dict[str, float] = {}

    def adopt(self, trials: Iterable[Trial]) -> None:
        """Count what an earlier process spent."""
        self._used |= {trial.id: trial.seconds for trial in trials if trial.origin not in FREE_ORIGINS}

    def begin(self, trial: Trial, *, promised: float = 0.0) -> None:
        """The trial holds its device from now on; what it took before it was paused is counted already.

        Nobody else gets the seconds that it was ``promised``.
        """
        self._running[trial.id] = self._clock()
        self._promises[trial.id] = promised if math.isfinite(promised) else 0.0

    def end(self, trial: Trial) -> None:
        """The trial holds nothing any more, and what it was promised and did not use is free."""
        since = self._running.pop(trial.id, None)
        self._promises.pop(trial.id, None)
        if since is not None:
            self._used[trial.id] = self._used.get(trial.id, 0.0) + self._clock() - since

    def used(self) -> float:
        """Return the seconds that trials have run so far, together."""
        now = self._clock()
        return sum(self._used.values()) + sum(now - since for since in self._running.values())

    def left(self) -> float:
        """Return the seconds that trials may still run, together; infinity without a limit."""
        return self._limit - self.used()

    def share(self, at_once: int, *, coming: int) -> float:
        """Return the seconds that one more trial may run: its part of what nobody was promised.

        Parameters
        ----------
        at_once
            How many trials may run at once, with those that run now; each place that is free gets as much.
        coming
            How many trials are left to begin, this one included; more places are not needed.
        """
        places = max(1, min(at_once - len(self._running), coming))
        return max(0.0, self._free() / places)

    def exhausted(self) -> StopReason | None:
        """Return which limit leaves nothing that no trial was promised, None if none does."""
        return self.reason if self._free() <= _SHORTEST else None

    def overdrawn(self) -> bool:
        """Return whether the trials that run now have used up a limit."""
        return self.left() <= 0

    def _free(self) -> float:
        now = self._clock()
        promised = (self._promises[name] - (now - since) for name, since in self._running.items())
        return self.left() - sum(max(0.0, seconds) for seconds in promised)
