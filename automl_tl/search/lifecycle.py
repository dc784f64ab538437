"""How a trial changes: pure functions from one Trial to the next, the same for every runner."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from automl_tl.finetune.metrics import Metric
from automl_tl.finetune.trial_files import published_of
from automl_tl.finetune.workload import CurvePoint, TrialOutcome, Workload
from automl_tl.search.failures import Blame
from automl_tl.search.trial import Trial, TrialState

__all__ = [
    "FINAL",
    "anew",
    "begin",
    "best_point",
    "cut",
    "fail",
    "finish",
    "merit",
    "merit_of_training",
    "onward",
    "paused",
    "rung_of",
    "steps",
    "with_point",
]

FINAL = frozenset({TrialState.SUCCEEDED, TrialState.PRUNED, TrialState.FAILED})
"""States in which nothing runs; only a PRUNED trial that successive halving promotes leaves its state again."""

_NINTHS = 9
_TIE_WEIGHT = 1e-4
_WORST_LOG_LOSS = 10.0


def merit(metric: Metric, figures: Mapping[str, float]) -> float:
    """Return one number to compare points by, larger is better; -inf if the metric is missing or NaN.

    Small validation parts tie often, so a ten-thousandth of the log loss (capped at 10 nats, hence at most
    0.001) is subtracted: it orders ties and never outweighs one example in less than a thousand.
    """
    value = metric.signed(figures.get(metric.name, math.nan))
    log_loss = figures.get("log_loss", math.nan)
    if metric.name == "log_loss" or math.isnan(log_loss):
        return value
    return value - _TIE_WEIGHT * min(log_loss, _WORST_LOG_LOSS)


def rung_of(point: CurvePoint) -> int:
    """Return the share of the full run in whole ninths: rungs 1/9, 1/3, 2/3 and 1 are 1, 3, 6 and 9."""
    return round(point.fraction * _NINTHS)


def steps(metric: Metric, curve: Sequence[CurvePoint]) -> dict[int, float]:
    """Return merit by rung."""
    return {rung_of(point): merit(metric, point.metrics) for point in curve}


def merit_of_training(metric: Metric, trial: Trial) -> float:
    """Return the best merit after some training, or of the whole trial if nothing was trained.

    A fine-tuning run keeps its untrained start as a candidate; a sampler that learnt from that would take every
    recipe that ruins the model for one as good as the linear probe.
    """
    trained = [merit(metric, point.metrics) for point in trial.curve if point.update > 0]
    return max(trained, default=merit(metric, trial.metrics))


def best_point(trial: Trial) -> CurvePoint | None:
    """Return the point of the curve whose checkpoint was kept, None if the curve lacks it.

    Of points with equal figures it is the latest, as a run keeps it (:class:`~automl_tl.finetune.choice.Choice`).
    """
    return next((point for point in reversed(trial.curve) if _same(point.metrics, trial.metrics)), None)


def anew(trial: Trial) -> Trial:
    """The trial waits to run from nothing: what it reached before is lost."""
    return replace(
        trial,
        state=TrialState.PENDING,
        value=math.nan,
        curve=(),
        metrics={},
        seconds=0.0,
        checkpoint="",
        error="",
        error_field="",
    )


def onward(trial: Trial) -> Trial:
    """The trial waits to go on from where it was paused."""
    return replace(trial, state=TrialState.PENDING, error="", error_field="")


def begin(trial: Trial) -> Trial:
    """The trial runs: from nothing, or on from the end of its curve."""
    return replace(trial, state=TrialState.RUNNING, error="", error_field="")


def paused(trial: Trial) -> bool:
    """Return whether successive halving stopped the trial between two rungs, so that it could go on."""
    return trial.state is TrialState.PRUNED and not trial.error and bool(trial.curve)


def with_point(trial: Trial, point: CurvePoint, workload: Workload) -> Trial:
    """A point of the learning curve arrived; the figures are those of the point whose checkpoint lies on disk now.

    Which that is only the run knows (:class:`~automl_tl.finetune.choice.Choice`); one that does not say keeps
    every new point. A trial that is paused here has the row that it would have had if it had ended here.
    """
    before = tuple(known for known in trial.curve if known.update < point.update)  # a point may come again
    so_far, point = point.so_far, replace(point, so_far=None)
    kept = point
    if so_far is not None:
        before = so_far.before
        kept = next((known for known in before if known.update == so_far.kept), point)
    grown = replace(trial, curve=(*before, point), seconds=max(trial.seconds, point.seconds))
    return replace(_best(grown, kept, workload), checkpoint=_checkpoint(trial, workload))


def finish(trial: Trial, outcome: TrialOutcome, workload: Workload) -> Trial:
    """The trial function returned; a run that was cut short counts as PRUNED with its best value."""
    reason = outcome.stopped
    done = replace(
        trial,
        state=TrialState.PRUNED if reason else TrialState.SUCCEEDED,
        curve=outcome.curve or trial.curve,
        seconds=outcome.seconds,
        error="" if reason == "scheduler" else reason,
    )
    done = replace(_best(done, outcome.best, workload), checkpoint=str(outcome.checkpoint))
    if math.isnan(done.value):
        return fail(done, f"validation {workload.metric} is not a number", trial.seconds)
    return done


def cut(trial: Trial, reason: str, seconds: float, workload: Workload) -> Trial:
    """The trial was stopped from outside (scheduler, deadline, cancelled): PRUNED, or FAILED without a curve."""
    if not trial.curve:
        return fail(trial, reason, seconds, field="" if reason == "scheduler" else Blame.TIME.value)
    return replace(
        trial,
        state=TrialState.PRUNED,
        seconds=max(seconds, trial.seconds),
        checkpoint=_checkpoint(trial, workload),
        error="" if reason == "scheduler" else reason,
    )


def fail(trial: Trial, error: str, seconds: float, *, field: str = "") -> Trial:
    """The trial failed for this reason; ``field`` is what the error names, "" for nothing."""
    failed = replace(trial, state=TrialState.FAILED, error=error, error_field=field)
    return replace(failed, seconds=max(seconds, trial.seconds))


def _same(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Return whether figures are equal, where a figure that is not defined equals itself."""
    return one.keys() == other.keys() and all(
        value == other[name] or (math.isnan(value) and math.isnan(other[name])) for name, value in one.items()
    )


def _checkpoint(trial: Trial, workload: Workload) -> str:
    path = workload.checkpoint_root / trial.id
    return str(path) if path.exists() or published_of(workload.checkpoint_root, trial.id) else ""


def _best(trial: Trial, point: CurvePoint, workload: Workload) -> Trial:
    value = point.metrics.get(workload.metric, math.nan)
    return replace(trial, value=value, metrics=dict(point.metrics))
