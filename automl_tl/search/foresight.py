"""What a trial that was paused early would have reached at its end."""

from __future__ import annotations

import math
import statistics

from automl_tl.finetune.metrics import Metric
from automl_tl.search.lifecycle import merit, merit_of_training, steps
from automl_tl.search.trial import Trial, TrialState

__all__ = ["Foresight"]

_DOUBT = 2.0
"""Trials that gained nothing, added to those that were seen to gain: few full runs say little."""
_LAST = 9


class Foresight:
    """Adds to the merit at a trial's last rung what other trials gained from that rung to their end."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._gains: dict[str, dict[int, float]] = {}

    def note(self, trial: Trial) -> None:
        """Learn from a full run."""
        reached = steps(self._metric, [point for point in trial.curve if point.update > 0])
        if trial.state is TrialState.SUCCEEDED and _LAST in reached and len(reached) > 1:
            end = max(reached.values())
            self._gains[trial.id] = {rung: end - max(self._until(reached, rung)) for rung in reached}

    def final_merit(self, trial: Trial) -> float | None:
        """Return the merit expected at the end; None while there is no point, minus infinity for a failure."""
        if trial.state is TrialState.FAILED and trial.error not in ("deadline", "cancelled"):
            return -math.inf
        reached = steps(self._metric, [point for point in trial.curve if point.update > 0])
        if not reached:
            known = merit(self._metric, trial.metrics)
            return known if trial.state is TrialState.SUCCEEDED and math.isfinite(known) else None
        return merit_of_training(self._metric, trial) + self._gain(max(reached))

    def _gain(self, rung: int) -> float:
        seen = [gains[rung] for gains in self._gains.values() if rung in gains]
        if not seen:
            return 0.0
        return statistics.fmean(seen) * len(seen) / (len(seen) + _DOUBT)

    @staticmethod
    def _until(reached: dict[int, float], rung: int) -> list[float]:
        return [value for other, value in reached.items() if other <= rung]
