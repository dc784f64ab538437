"""What a budget of device time or money leaves to trials, and then to retraining.

Until search begins a job holds one device, then as many as its trials do, and then those of this machine. The
stages behind fitting have no part of the budget: a job that has used it up still gets its report.
"""

from __future__ import annotations

from collections.abc import Sequence

from automl_tl.finetune.device import choose_device
from automl_tl.pipeline.context import JobContext
from automl_tl.search.budget import Budget, Deadline, StopReason, devices_held
from automl_tl.search.closing import Kept
from automl_tl.search.runner import Resources
from automl_tl.search.spending import FREE_ORIGINS
from automl_tl.search.trial import Trial

__all__ = ["fitting_deadline", "kept_for_fitting", "spending_limits"]

_KEPT = 0.2
"""Share of a budget of device time that is for retraining and measuring, which may get more."""


def spending_limits(job: JobContext, trials: Resources) -> dict[StopReason, float]:
    """Return how long all trials together may run, by the limit that says so; fitting keeps a fifth."""
    budget = _budget(job)
    if budget.gpu_seconds and not trials.gpus:
        job.journal.warn("the budget limits GPU time, but trials use no GPU here: it limits nothing")
    if not budget.device_seconds():
        return {}
    return budget.trial_seconds(gpus=trials.gpus, cpus=trials.cpus, spent=job.journal.held_seconds(), kept=_KEPT)


def kept_for_fitting(job: JobContext, trials: Resources) -> dict[StopReason, Kept]:
    """Return what each limit keeps for retraining, measuring on the test part set aside."""
    held, seconds = devices_held(trials.gpus, trials.cpus), _budget(job).device_seconds()
    kept = {}
    for reason, devices in _devices_of_fitting(job, trials).items():
        if reason in seconds and held[reason] > 0:
            rate = devices / held[reason]
            kept[reason] = Kept(_KEPT * seconds[reason] / held[reason] - rate * job.deadlines.measuring, rate)
    return kept


def fitting_deadline(job: JobContext, trials: Resources, rows: Sequence[Trial]) -> Deadline:
    """Return when fitting has used up what the search left, if it begins now; none where nothing limits it.

    Parameters
    ----------
    trials
        What one trial held while it ran.
    rows
        Every trial of the job.
    """
    seconds = _budget(job).device_seconds()
    if not seconds:
        return Deadline(None)
    before = job.journal.held_seconds()
    ran = sum(trial.seconds for trial in rows if trial.origin not in FREE_ORIGINS)
    held, own = devices_held(trials.gpus, trials.cpus), _devices_of_fitting(job, trials)
    left = [
        (seconds[reason] - before - ran * held[reason]) / own[reason]
        for reason in seconds
        if held[reason] > 0 and own[reason] > 0
    ]
    return Deadline.after(min(left, default=None))


def _budget(job: JobContext) -> Budget:
    spec = job.spec.budget
    return Budget(
        trials=spec.trials,
        gpu_seconds=spec.gpu_seconds or None,
        money=spec.money or None,
        price_per_device_hour=spec.price_per_device_hour,
    )


def _devices_of_fitting(job: JobContext, trials: Resources) -> dict[StopReason, float]:
    """Return how many devices fitting holds in this process, by the limit that counts them.

    A driver without a GPU, whose trials have some elsewhere, costs as much as one.
    """
    gpus = float(job.devices) if choose_device("auto").type == "cuda" else 0.0
    paid = gpus or (1.0 if trials.gpus else float(job.threads))
    return {StopReason.BUDGET_GPU_SECONDS: gpus, StopReason.BUDGET_MONEY: paid}
