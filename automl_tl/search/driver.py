"""The search's own book-keeping: numbers, budget, incumbent, and a ledger row for everything that happens."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from automl_tl.errors import TrialFailed
from automl_tl.finetune.metrics import Metric, improves
from automl_tl.finetune.workload import CurvePoint
from automl_tl.names import trial_id
from automl_tl.search.budget import Budget, Deadline, StopReason
from automl_tl.search.lifecycle import FINAL, fail
from automl_tl.search.sampler import Sampler
from automl_tl.search.trial import Trial, TrialState

__all__ = ["FREE_ORIGINS", "SearchDriver"]

FREE_ORIGINS = frozenset({"probe", "baseline"})
"""Origins of trials that the budget does not count."""

_FIRST_RUNG = 1 / 9


class SearchDriver:
    """Hands out trials and hears what becomes of them (TrialSource and TrialEvents of one search).

    Parameters
    ----------
    record
        Writes one trial's row; called before a trial is handed out and at every change of it.
    progress
        Told the share of the budget that is used, in [0, 1], and a sentence.
    """

    def __init__(
        self,
        sampler: Sampler,
        *,
        metric: Metric,
        budget: Budget,
        deadline: Deadline,
        seed: int,
        record: Callable[[Trial], None],
        progress: Callable[[float, str], None] = lambda fraction, message: None,
    ) -> None:
        self._sampler = sampler
        self._metric = metric
        self._budget = budget
        self._deadline = deadline
        self._seconds_at_start = deadline.remaining()
        self._seed = seed
        self._record = record
        self._progress = progress
        self._trials: dict[str, Trial] = {}
        self._again: deque[Trial] = deque()
        self._incumbent: Trial | None = None
        self.stop_reason: StopReason | None = None

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial in order of number."""
        return tuple(sorted(self._trials.values(), key=lambda trial: trial.number))

    @property
    def next_number(self) -> int:
        """Number of the next new trial, counted from 1."""
        return 1 + max((trial.number for trial in self._trials.values()), default=0)

    def adopt(self, trials: Iterable[Trial]) -> None:
        """Take in trials of rung 0 or of an earlier process; those not in a final state are run again first."""
        for trial in sorted(trials, key=lambda trial: trial.number):
            self._trials[trial.id] = trial
            if trial.origin == "baseline":
                continue
            if trial.state in FINAL:
                self._sampler.replay(trial)
                self._consider(trial)
            elif trial.origin in FREE_ORIGINS:
                self._keep(fail(trial, "the worker stopped before this probe ended", trial.seconds))
            else:
                self._sampler.adopt(trial)
                self._again.append(trial)

    def incumbent(self) -> Trial:
        """Return the best trial with a checkpoint; raises TrialFailed with the first reason if there is none."""
        if self._incumbent is None:
            reasons = [f"{trial.id} ({trial.model}): {trial.error}" for trial in self.trials if trial.error]
            raise TrialFailed("no trial ended with a usable model; " + (reasons[0] if reasons else "none was run"))
        return self._incumbent

    def next(self) -> Trial | None:
        """Return the next trial, already recorded, or None when the search is over."""
        if self._deadline.passed() or self._too_late_for_a_first_point():
            self.stop_reason = StopReason.BUDGET_WALL_TIME
            return None
        if self._again:
            return self._again.popleft()
        if self._used() >= self._budget.trials:
            self.stop_reason = StopReason.BUDGET_TRIALS
            return None
        number = self.next_number
        suggestion = self._sampler.ask(trial_id(number))
        if suggestion is None:
            self.stop_reason = StopReason.COMPLETED
            return None
        trial = Trial(
            trial_id(number),
            number,
            suggestion.model,
            suggestion.strategy,
            suggestion.parameters,
            self._seed + number,
            suggestion.origin,
        )
        self._keep(trial)
        return trial

    def finished(self, trial: Trial) -> None:
        """Teach the sampler."""
        if self._sampler.knows(trial.id):
            self._sampler.tell(trial)
        else:
            self._sampler.replay(trial)

    def started(self, trial: Trial) -> None:
        """Record that the trial runs."""
        self._keep(trial)

    def reported(self, trial: Trial, point: CurvePoint) -> None:
        """Record the longer learning curve."""
        self._keep(trial)

    def ended(self, trial: Trial) -> None:
        """Record the end and keep the better of incumbent and trial."""
        self._keep(trial)
        self._consider(trial)
        done = sum(
            1 for other in self._trials.values() if other.state in FINAL and other.origin not in FREE_ORIGINS
        )
        best = (
            f"best validation {self._metric.name} {self._incumbent.value:.4g}"
            if self._incumbent
            else "none usable"
        )
        self._progress(self._share(done), f"{done} of {self._budget.trials} trials ended, {best}")

    def _keep(self, trial: Trial) -> None:
        self._trials[trial.id] = trial
        self._record(trial)

    def _consider(self, trial: Trial) -> None:
        if trial.state is TrialState.FAILED or not trial.checkpoint or math.isnan(trial.value):
            return
        if self._incumbent is None or improves(self._metric, trial.metrics, self._incumbent.metrics):
            self._incumbent = trial

    def _used(self) -> int:
        return sum(1 for trial in self._trials.values() if trial.origin not in FREE_ORIGINS)

    def _share(self, done: int) -> float:
        by_trials = done / max(self._budget.trials, 1)
        left = self._deadline.remaining()
        by_time = 0.0 if math.isinf(left) else 1 - left / max(self._seconds_at_start, 1e-9)
        return min(1.0, max(0.0, by_trials, by_time))

    def _too_late_for_a_first_point(self) -> bool:
        """Whether not even the quickest kind of trial so far would reach its first rung in the time left."""
        pace = [_seconds_to_first_rung(trial.curve) for trial in self._trials.values() if len(trial.curve) > 1]
        return bool(pace) and self._deadline.remaining() < min(pace)


def _seconds_to_first_rung(curve: Sequence[CurvePoint]) -> float:
    """Return what a ninth of the run takes, measured between points: before the first lie imports and loading."""
    first, last = curve[0], curve[-1]
    return _FIRST_RUNG * (last.seconds - first.seconds) / max(last.fraction - first.fraction, _FIRST_RUNG)
