"""One trial in this process, from PENDING to a final state."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from automl_tl.errors import AutomlError, DataCorrupted, FailedPrecondition, NotFound, OutOfMemory, TrialFailed
from automl_tl.finetune.device import is_out_of_memory
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.workload import CurvePoint, TrialOutcome, Workload
from automl_tl.search.failures import Blame
from automl_tl.search.lifecycle import begin, fail, finish, with_point
from automl_tl.search.resume import state_of
from automl_tl.search.runner import LoadModel, TrialFunction
from automl_tl.search.trial import Trial

__all__ = ["blamed_field", "describe_failure", "execute", "train"]

_LOG = logging.getLogger(__name__)


def execute(
    workload: Workload,
    trial: Trial,
    trial_function: TrialFunction,
    load_model: LoadModel,
    *,
    remaining: Callable[[], float],
    on_point: Callable[[Trial, CurvePoint], bool] = lambda trial, point: True,
) -> Trial:
    """Run one trial and return it in a final state; whatever it raises becomes FAILED with its message.

    A trial that left a training state goes on from there.

    Parameters
    ----------
    remaining
        Seconds the trial may still take.
    on_point
        Called with the trial as it is after each point; returns whether the trial goes on.
    """
    running = begin(trial)
    started = time.monotonic() - trial.seconds

    def report(point: CurvePoint) -> bool:
        nonlocal running
        running = with_point(running, point, workload)
        return on_point(running, point)

    try:
        outcome = train(
            workload,
            trial,
            trial_function,
            load_model,
            report=report,
            remaining=remaining,
            resume_from=state_of(workload, trial),
        )
    except Exception as error:
        seconds = time.monotonic() - started
        return fail(running, describe_failure(error), seconds, field=blamed_field(error))
    return finish(running, outcome, workload)


def train(
    workload: Workload,
    trial: Trial,
    trial_function: TrialFunction,
    load_model: LoadModel,
    *,
    report: Callable[[CurvePoint], bool],
    remaining: Callable[[], float],
    resume_from: Path | None,
) -> TrialOutcome:
    """Call the trial function; where the state to go on from turns out to be unusable, the trial begins anew."""

    def call(state: Path | None) -> TrialOutcome:
        return trial_function(
            workload,
            trial=trial.id,
            model=trial.model,
            recipe=Recipe.from_parameters(trial.strategy, trial.parameters),
            seed=trial.seed,
            report=report,
            remaining=remaining,
            load_model=load_model,
            resume_from=state,
        )

    if resume_from is None:
        return call(None)
    try:
        return call(resume_from)
    except (DataCorrupted, FailedPrecondition, NotFound) as error:
        _LOG.warning("%s begins anew: %s", trial.id, error.message)
        return call(None)


def describe_failure(error: BaseException) -> str:
    """Return one line for people: the message of an error of ours, only the kind of any other.

    The texts of foreign errors quote paths and data; they go into this process's log.
    """
    if isinstance(error, AutomlError):
        return " ".join(error.message.split())
    _LOG.error("a trial failed", exc_info=error)
    if is_out_of_memory(error):
        return "out of memory; try a smaller model or a smaller batch_size"
    return f"the trial failed with an unexpected {type(error).__name__}; see the worker's log"


def blamed_field(error: BaseException) -> str:
    """Return the field that a failure of training names, "" where it names none.

    Only what training raises counts: a recipe that names a field breaks a rule of ours, whatever the field's value
    would have done.
    """
    if isinstance(error, OutOfMemory) or is_out_of_memory(error):
        return Blame.MEMORY.value
    return error.field if isinstance(error, TrialFailed) else ""
