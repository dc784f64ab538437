"""What must follow the search: the winner is trained again with the validation rows, and perhaps in folds before.

With few labelled examples those rows are worth more than another trial: a search that uses up the time for them
loses to a linear probe that is fitted on all rows in a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from automl_tl.finetune.contest import RETRAINING
from automl_tl.search.budget import Deadline, StopReason
from automl_tl.search.lifecycle import best_point
from automl_tl.search.trial import Trial

__all__ = ["Closing", "Kept"]

_CHOICE_SHARE = 0.45
"""Share of the whole time that cross-validating the choice may take from the search."""


@dataclass(frozen=True)
class Kept:
    """What a limit on device time keeps for that which follows the search.

    Attributes
    ----------
    seconds
        Beyond those that all trials together may run, in seconds of a trial.
    rate
        Seconds of a trial that cost as much as one second of what follows.
    """

    seconds: float
    rate: float


@dataclass(frozen=True)
class Closing:
    """When everything that follows the search is over, and what it takes.

    Attributes
    ----------
    end
        When the winner must have been trained again.
    fixed
        Seconds that do not depend on the winner: loading, and looking at the validation part.
    folds
        How often the winner is trained again to judge it; fewer times where that would cost the search too much.
    whole
        Seconds from the beginning of the search to the end.
    kept
        What limits on device time keep, by what ends the search when they are used up.
    rate
        How many seconds trials may run for one second before the end: 1 where that is told by a clock.
    """

    end: Deadline
    fixed: float = 0.0
    folds: int = 0
    whole: float = math.inf
    kept: Mapping[StopReason, Kept] = field(default_factory=dict)
    rate: float = 1.0

    def by_devices(
        self, limits: Mapping[StopReason, float], used: Callable[[], float]
    ) -> dict[StopReason, Closing]:
        """Return what must follow as each limit on device time sees it: the end comes as trials use it up.

        Parameters
        ----------
        limits
            Seconds that all trials together may run.
        used
            Returns how many they have run.
        """
        return {
            reason: _by_devices(self, limits[reason] + kept.seconds, kept.rate, used)
            for reason, kept in self.kept.items()
            if reason in limits and kept.rate > 0
        }

    def needed(self, best: Trial | None) -> float:
        """Return the seconds that follow the search if this trial wins it."""
        seconds = _seconds_to_best(best) if best is not None else 0.0
        again = RETRAINING * seconds
        affordable = _CHOICE_SHARE * self.whole / again if again else self.folds
        return self.fixed + (1 + math.floor(min(self.folds, affordable))) * again

    def left(self, best: Trial | None) -> float:
        """Return the seconds left for further trials while this one is the best."""
        return self.rate * (self.end.remaining() - self.needed(best))

    def allowance(self, trial: Trial | None = None) -> float:
        """Return the seconds that a trial about to start or go on may run and still be retrained after."""
        before = trial.seconds if trial is not None else 0.0
        again = self.end.remaining() - self.fixed - RETRAINING * before
        return max(0.0, self.rate * again / (1 + self.rate * RETRAINING))


def _by_devices(closing: Closing, seconds: float, rate: float, used: Callable[[], float]) -> Closing:
    end = Deadline(seconds / rate, lambda: used() / rate)
    return replace(closing, end=end, whole=seconds / rate, kept={}, rate=rate)


def _seconds_to_best(trial: Trial) -> float:
    """Return what the updates up to the checkpoint took, 0 for the untrained start."""
    point = best_point(trial)
    return point.training_seconds if point is not None and point.update > 0 else 0.0
