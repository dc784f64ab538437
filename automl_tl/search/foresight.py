"""What a trial that was paused early would have reached at its end."""

from __future__ import annotations

import math
import statistics

from automl_tl.finetune.metrics import Metric
from automl_tl.search.failures import Blame, blame_of
from automl_tl.search.lifecycle import merit, merit_of_training, steps
from automl_tl.search.trial import Trial, TrialState

__all__ = ["Foresight"]

_DOUBT = 2.0
"""Trials that gained nothing, added to those that were seen to gain: few full runs say little."""
_LAST = 9
_NOWHERE = -1


class Foresight:
    """Adds to the merit at a trial's last rung what other trials gained from that rung to their end."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._gains: dict[str, dict[int, float]] = {}
        self._mean_gains: dict[int, float] = {}
        self._merits: dict[str, tuple[Trial, float | None, int]] = {}

    def note(self, trial: Trial) -> None:
        """Learn from a full run."""
        reached = steps(self._metric, [point for point in trial.curve if point.update > 0])
        if trial.state is TrialState.SUCCEEDED and _LAST in reached and len(reached) > 1:
            end = max(reached.values())
            self._gains[trial.id] = {rung: end - max(self._until(reached, rung)) for rung in reached}
            self._mean_gains.clear()

    def final_merit(self, trial: Trial) -> float | None:
        """Return the merit expected at the end; None while there is no point, minus infinity for a failure."""
        known = self._merits.get(trial.id)
        if known is None or known[0] is not trial:
            known = self._merits[trial.id] = (trial, *self._reached(trial))
        _, reached, rung = known
        return reached if reached is None or rung == _NOWHERE else reached + self._gain(rung)

    def _reached(self, trial: Trial) -> tuple[float | None, int]:
        """Return what is known of a trial and the rung at which it stands, if others may tell what follows."""
        if trial.state is TrialState.FAILED and blame_of(trial) is not Blame.TIME:
            return -math.inf, _NOWHERE
        reached = steps(self._metric, [point for point in trial.curve if point.update > 0])
        if not reached:
            known = merit(self._metric, trial.metrics)
            return (known if trial.state is TrialState.SUCCEEDED and math.isfinite(known) else None), _NOWHERE
        return merit_of_training(self._metric, trial), max(reached)

    def _gain(self, rung: int) -> float:
        if rung not in self._mean_gains:
            seen = [gains[rung] for gains in self._gains.values() if rung in gains]
            self._mean_gains[rung] = statistics.fmean(seen) * len(seen) / (len(seen) + _DOUBT) if seen else 0.0
        return self._mean_gains[rung]

    @staticmethod
    def _until(reached: dict[int, float], rung: int) -> list[float]:
        return [value for other, value in reached.items() if other <= rung]
