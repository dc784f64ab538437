"""Asynchronous successive halving: which trials go on at a rung, and which paused ones are taken up again.

Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020, algorithm 2 (promotion). Unlike
there a trial that is good enough when it reaches a rung goes on at once, in the process that has its weights in
memory, and the best of a rung always goes on, so that a full run is finished early.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort

__all__ = ["SuccessiveHalving"]

_THIRD = 3


class SuccessiveHalving:
    """Decides at each rung whether a trial goes on; one that does not is paused and may be promoted later.

    Parameters
    ----------
    eta
        A trial must be in the top ``1 / eta`` of its rung, rounded up, > 1.
    first_eta
        The same at rungs below a third of a run, where high learning rates have not paid off yet: only what is
        clearly behind is paused there.
    last
        Rungs from here on never pause a trial. The default 6 is two thirds of a run: what is left is cheap, and
        with a falling learning rate it is where much of the gain comes from.
    """

    def __init__(self, *, eta: float = 2.0, first_eta: float = 1.25, last: int = 6) -> None:
        for name, value in (("eta", eta), ("first_eta", first_eta)):
            if value <= 1:
                raise ValueError(f"{name} must be above 1 but got {value}")
        self._eta = eta
        self._first_eta = first_eta
        self._last = last
        self._rungs: dict[int, dict[str, float]] = {}
        self._sorted: dict[int, list[float]] = {}
        self._paused: dict[str, int] = {}

    def keeps(self, trial: str, rung: int, merit: float) -> bool:
        """Record the merit (larger is better) of a trial at a rung and return whether it goes on."""
        self.record(trial, rung, merit)
        return rung >= self._last or self._among_the_best(trial, rung)

    def record(self, trial: str, rung: int, merit: float) -> None:
        """Take note of a merit without deciding anything."""
        merits, ordered = self._rungs.setdefault(rung, {}), self._sorted.setdefault(rung, [])
        known = merits.get(trial, math.nan)
        if not math.isnan(known):
            del ordered[bisect_left(ordered, known)]
        if not math.isnan(merit):
            insort(ordered, merit)
        merits[trial] = merit

    def pause(self, trial: str) -> None:
        """The trial waits at the highest rung it has reached; one that has reached none cannot be promoted."""
        rungs = [rung for rung, merits in self._rungs.items() if trial in merits]
        if rungs:
            self._paused[trial] = max(rungs)

    def drop(self, trial: str) -> None:
        """The trial is no longer paused: it runs again, or never will."""
        self._paused.pop(trial, None)

    def promotable(self) -> str | None:
        """Return the paused trial to take up next: of the highest rung, and there the best; None if none may."""
        able = [name for name, rung in self._paused.items() if self._among_the_best(name, rung)]
        return max(able, key=lambda name: (self._paused[name], self._merit(name)), default=None)

    def _merit(self, trial: str) -> float:
        return self._rungs[self._paused[trial]][trial]

    def _among_the_best(self, trial: str, rung: int) -> bool:
        """Whether fewer than ``n / eta`` trials of the rung, rounded up, are better; ties are good enough."""
        merits, ordered = self._rungs[rung], self._sorted[rung]
        better = len(ordered) - bisect_right(ordered, merits[trial])
        eta = self._first_eta if rung < _THIRD else self._eta
        return math.isfinite(merits[trial]) and better < math.ceil(len(merits) / eta)
