"""One trial in this process, from PENDING to a final state."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from automl_tl.errors import AutomlError
from automl_tl.finetune.device import is_out_of_memory
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.workload import CurvePoint, Workload
from automl_tl.search.lifecycle import begin, fail, finish, with_point
from automl_tl.search.runner import LoadModel, TrialFunction
from automl_tl.search.trial import Trial

__all__ = ["describe_failure", "execute"]

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

    Parameters
    ----------
    remaining
        Seconds the trial may still take.
    on_point
        Called with the trial as it is after each point; returns whether the trial goes on.
    """
    running = begin(trial)
    started = time.monotonic()

    def report(point: CurvePoint) -> bool:
        nonlocal running
        running = with_point(running, point, workload)
        return on_point(running, point)

    try:
        outcome = trial_function(
            workload,
            trial=trial.id,
            model=trial.model,
            recipe=Recipe.from_parameters(trial.strategy, trial.parameters),
            seed=trial.seed,
            report=report,
            remaining=remaining,
            load_model=load_model,
        )
    except Exception as error:
        return fail(running, describe_failure(error), time.monotonic() - started)
    return finish(running, outcome, workload)


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
