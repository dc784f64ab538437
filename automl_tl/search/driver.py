"""The search's own book-keeping: numbers, budget, promotions, and a ledger row for everything that happens."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from automl_tl.finetune.metrics import Metric
from automl_tl.finetune.workload import CurvePoint
from automl_tl.names import trial_id
from automl_tl.search.budget import Budget, Deadline, StopReason
from automl_tl.search.closing import Closing
from automl_tl.search.halving import SuccessiveHalving
from automl_tl.search.incumbent import best_of, incumbent
from automl_tl.search.lifecycle import FINAL, anew, best_point, fail, merit, onward, paused, rung_of, steps
from automl_tl.search.sampler import Sampler
from automl_tl.search.spending import FREE_ORIGINS, Spending
from automl_tl.search.trial import Trial

__all__ = ["FREE_ORIGINS", "SearchDriver"]

_FIRST_RUNG = 1 / 9


class SearchDriver:
    """Hands out trials and hears what becomes of them (TrialSource and TrialEvents of one search).

    Paused trials that are among the best of their rung come before new ones; both go on or start under their own
    row, written before they are handed out.

    Parameters
    ----------
    record
        Writes one trial's row; called before a trial is handed out and at every change of it.
    progress
        Told the share of the budget that is used, in [0, 1], and a sentence.
    resumable
        Whether a trial left a training state from which it can go on.
    improved
        Told the best trial so far whenever it has become a better one.
    limits
        Seconds that all trials together may run, by what ends the search when they are used up.
    closing
        What must follow the search, where its time is limited.
    before_asking
        Called before the sampler is asked for a new configuration.
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
        resumable: Callable[[Trial], bool] = lambda trial: False,
        improved: Callable[[Trial], None] = lambda trial: None,
        limits: Mapping[StopReason, float] | None = None,
        closing: Closing | None = None,
        before_asking: Callable[[Sequence[Trial]], None] = lambda trials: None,
    ) -> None:
        self._sampler = sampler
        self._metric = metric
        self._budget = budget
        self._deadline = deadline
        self._seconds_at_start = deadline.remaining()
        self._seed = seed
        self._record = record
        self._progress = progress
        self._resumable = resumable
        self._improved = improved
        self._before_asking = before_asking
        self._halving = SuccessiveHalving()
        self._closing = closing or Closing(Deadline(None, deadline.clock))
        self._spending = Spending(limits or {}, deadline.clock)
        self._closing_by_devices = self._closing.by_devices(limits or {}, self._spending.used)
        self._at_once = 1
        self._trials: dict[str, Trial] = {}
        self._counted: set[str] = set()
        self._done: set[str] = set()
        self._paces: dict[str, float] = {}
        self._last_number = 0
        self._again: deque[Trial] = deque()
        self._best: Trial | None = None
        self._best_tuned: Trial | None = None
        self.stop_reason: StopReason | None = None

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial in order of number."""
        return tuple(sorted(self._trials.values(), key=lambda trial: trial.number))

    @property
    def next_number(self) -> int:
        """Number of the next new trial, counted from 1."""
        return 1 + self._last_number

    def adopt(self, trials: Iterable[Trial]) -> None:
        """Take in trials of rung 0 or of an earlier process.

        What ran or waited when that process ended goes on first, from its training state where there is one;
        paused trials can be promoted as before.
        """
        ordered = sorted(trials, key=lambda trial: trial.number)
        self._spending.adopt(ordered)
        for trial in ordered:
            if trial.state in FINAL or trial.origin in FREE_ORIGINS:
                self._adopt_ended(trial)
            else:
                waiting = onward(trial) if self._resumable(trial) else anew(trial)
                self._learn(waiting)
                self._again.append(waiting)
        self._consider()

    def incumbent(self) -> Trial:
        """Return the best trial with a checkpoint; raises TrialFailed with the first reason if there is none."""
        return incumbent(self.trials, self._metric)

    def next(self, at_once: int = 1) -> Trial | None:
        """Return the next trial, already recorded, or None when nothing can be begun now."""
        self._at_once = at_once
        self.stop_reason = self._over()
        if self.stop_reason is not None:
            return None
        trial = self._waiting() or self._promoted() or self._new()
        if trial is not None:
            self._keep(trial)
            self._spending.begin(trial)
        return trial

    def keeps(self, trial: Trial, point: CurvePoint) -> bool:
        """Return whether the trial goes on after this point; if not, it is paused there."""
        good = self._halving.keeps(trial.id, rung_of(point), merit(self._metric, point.metrics))
        return good and (point.fraction >= 1 or not self._spending.overdrawn())

    def allowance(self, trial: Trial) -> float:
        """Return the seconds that the trial may run, as far as device time and money are limited."""
        self._spending.end(trial)
        seconds = min(self._allowances(trial, coming=1 + self._to_come()).values())
        self._spending.begin(trial, promised=seconds)
        return seconds

    def finished(self, trial: Trial) -> None:
        """Nothing is left to learn: every change of a trial was learnt when it happened."""

    def started(self, trial: Trial) -> None:
        """Record that the trial runs."""
        self._keep(trial)

    def reported(self, trial: Trial, point: CurvePoint) -> None:
        """Record the longer learning curve."""
        self._keep(trial)
        self._consider(trial)

    def ended(self, trial: Trial) -> None:
        """Record the end and keep the better of incumbent and trial."""
        self._spending.end(trial)
        self._keep(trial)
        if paused(trial) and self._resumable(trial):
            self._halving.pause(trial.id)
        self._consider(trial)
        done = len(self._done)
        best = f"best validation {self._metric.name} {self._best.value:.4g}" if self._best else "none usable"
        self._progress(self._share(done), f"{done} of {self._budget.trials} trials ended, {best}")

    def _over(self) -> StopReason | None:
        if self._too_late(self._left()):
            return StopReason.BUDGET_WALL_TIME
        for reason, closing in self._closing_by_devices.items():
            if self._too_late(closing.left(self._best_tuned)):
                return reason
        return self._spending.exhausted()

    def _waiting(self) -> Trial | None:
        return self._again.popleft() if self._again else None

    def _promoted(self) -> Trial | None:
        """Return the paused trial that goes on next."""
        name = self._halving.promotable()
        if name is None:
            return None
        self._halving.drop(name)
        return onward(self._trials[name])

    def _new(self) -> Trial | None:
        if len(self._counted) >= self._budget.trials:
            self.stop_reason = StopReason.BUDGET_TRIALS
            return None
        self._before_asking(self.trials)
        number = self.next_number
        left = self._allowances(coming=self._to_come())
        left[StopReason.BUDGET_WALL_TIME] = min(left[StopReason.BUDGET_WALL_TIME], self._left())
        tightest = min(left, key=lambda reason: left[reason])
        suggestion = self._sampler.ask(trial_id(number), seconds_left=left[tightest])
        if suggestion is None:
            in_time = math.isinf(left[tightest]) or self._sampler.ask(trial_id(number)) is None
            self.stop_reason = StopReason.COMPLETED if in_time else tightest
            return None
        model, strategy, parameters = suggestion.model, suggestion.strategy, suggestion.parameters
        seed = self._seed + number
        return Trial(trial_id(number), number, model, strategy, parameters, seed, suggestion.origin)

    def _adopt_ended(self, trial: Trial) -> None:
        if trial.state not in FINAL and trial.origin != "baseline":
            trial = fail(trial, "the worker stopped before this probe ended", trial.seconds)
            self._record(trial)
        self._learn(trial)
        if trial.origin in FREE_ORIGINS:
            return
        for rung, value in steps(self._metric, [point for point in trial.curve if point.update > 0]).items():
            self._halving.record(trial.id, rung, value)
        if paused(trial) and self._resumable(trial):
            self._halving.pause(trial.id)

    def _keep(self, trial: Trial) -> None:
        self._learn(trial)
        self._record(trial)

    def _learn(self, trial: Trial) -> None:
        self._trials[trial.id] = trial
        self._last_number = max(self._last_number, trial.number)
        if trial.origin not in FREE_ORIGINS:
            self._counted.add(trial.id)
            (self._done.add if trial.state in FINAL else self._done.discard)(trial.id)
        if len(trial.curve) > 1:
            self._paces[trial.id] = _seconds_to_first_rung(trial.curve)
        else:
            self._paces.pop(trial.id, None)
        self._sampler.note(trial)

    def _consider(self, changed: Trial | None = None) -> None:
        """Tell who waits for it that the best trial is another one, or the same with a better checkpoint.

        If only one trial has ``changed``, it is compared with the best of the others and no other is looked at.
        """
        best = self._best_after(changed, self._best, lambda trial: True)
        if changed is None or _tuned(changed) or (self._best_tuned and self._best_tuned.id == changed.id):
            self._best_tuned = self._best_after(changed, self._best_tuned, _tuned)
        if best is not None and (self._best is None or self._best.metrics != best.metrics):
            self._improved(best)
        self._best = best

    def _best_after(
        self, changed: Trial | None, before: Trial | None, counts: Callable[[Trial], bool]
    ) -> Trial | None:
        if changed is None or before is None or before.id == changed.id:
            return best_of(filter(counts, self.trials), self._metric)
        return best_of(sorted((before, changed), key=lambda trial: trial.number), self._metric)

    def _left(self) -> float:
        """Return the seconds left for training, infinity without a limit.

        Where a linear probe leads, the best fine-tuned trial still is its rival, in the folds and in the answer.
        """
        return min(self._deadline.remaining(), self._closing.left(self._best_tuned))

    def _share(self, done: int) -> float:
        by_trials = done / max(self._budget.trials, 1)
        left = self._deadline.remaining()
        by_time = 0.0 if math.isinf(left) else 1 - left / max(self._seconds_at_start, 1e-9)
        return min(1.0, max(0.0, by_trials, by_time))

    def _to_come(self) -> int:
        """Return how many trials are left to begin, promotions aside."""
        return len(self._again) + max(0, self._budget.trials - len(self._counted))

    def _allowances(self, trial: Trial | None = None, *, coming: int) -> dict[StopReason, float]:
        """Return the seconds that a trial may run, of ``coming`` that are left to begin, by what limits them."""
        closings = {StopReason.BUDGET_WALL_TIME: self._closing, **self._closing_by_devices}
        seconds = {reason: closing.allowance(trial) for reason, closing in closings.items()}
        reason = self._spending.reason
        if reason is not None:
            share = self._spending.share(self._at_once, coming=coming)
            seconds[reason] = min(share, seconds.get(reason, math.inf))
        return seconds

    def _too_late(self, left: float) -> bool:
        """Whether not even the quickest kind of trial so far would reach its first rung in the seconds left."""
        return left <= 0 or (not math.isinf(left) and left < min(self._paces.values(), default=0.0))


def _tuned(trial: Trial) -> bool:
    """Return whether the checkpoint of a trial is that of a trained network."""
    point = best_point(trial)
    return point is not None and point.update > 0


def _seconds_to_first_rung(curve: Sequence[CurvePoint]) -> float:
    """Return what a ninth of the run takes, measured between points: before the first lie imports and loading."""
    first, last = curve[0], curve[-1]
    return _FIRST_RUNG * (last.seconds - first.seconds) / max(last.fraction - first.fraction, _FIRST_RUNG)
