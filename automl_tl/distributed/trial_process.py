"""What happens inside a Ray worker process that runs trials one after another."""

from __future__ import annotations

import dataclasses
import functools
import math
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ray import tune

from automl_tl.distributed.node_data import Copies, with_inputs_here
from automl_tl.distributed.publishing import Publishing
from automl_tl.distributed.stop_flag import StopFlag, flag_at
from automl_tl.finetune.workload import CurvePoint, SoFar, TrialOutcome, Workload
from automl_tl.search.execute import blamed_field, describe_failure, train
from automl_tl.search.inline_runner import real_trial_function
from automl_tl.search.model_cache import ModelCache
from automl_tl.search.runner import LoadModel, TrialFunction
from automl_tl.search.trial import Trial

__all__ = [
    "FAILURE",
    "FAILURE_FIELD",
    "OUTCOME",
    "POINT",
    "read_outcome",
    "read_point",
    "run_in_process",
    "trial_config",
]

POINT, OUTCOME, FAILURE, FAILURE_FIELD = "point", "outcome", "failure", "failure_field"
"""Keys of what a trial reports: a curve point, then how it ended or why it failed and what field that names."""


def trial_config(
    trial: Trial,
    *,
    deadline: float | None,
    stop_flag: StopFlag,
    allowance: float = math.inf,
    resume_from: Path | None = None,
) -> dict[str, Any]:
    """Return a trial as plain values, which Ray copies to the worker process.

    Parameters
    ----------
    deadline
        Unix time or None.
    stop_flag
        The trial also ends soon after it is hoisted.
    allowance
        Seconds that the trial may run once its process has taken it.
    resume_from
        The training state from which it goes on.
    """
    return {
        "trial": trial.id,
        "number": trial.number,
        "origin": trial.origin,
        "model": trial.model,
        "strategy": trial.strategy,
        "parameters": dict(trial.parameters),
        "seed": trial.seed,
        "deadline": deadline,
        "stop_flag": stop_flag.address,
        "allowance": None if math.isinf(allowance) else allowance,
        "resume_from": str(resume_from or ""),
    }


def run_in_process(
    config: Mapping[str, Any],
    *,
    workload: Workload,
    trial_function: TrialFunction | None,
    load_model: LoadModel | None,
    copies: Copies | None = None,
) -> dict[str, Any]:
    """Run one trial, reporting its points to Tune; return what ends its results.

    Whatever the trial raises is returned, not raised: a trial that raises costs Ray the whole process, and with
    it the imported libraries and the model weights.
    """
    stopped, files = False, Publishing(workload, config["trial"])

    def report(point: CurvePoint) -> bool:
        nonlocal stopped
        published = files.publish()
        try:
            tune.report({POINT: dataclasses.asdict(point), **published})
        except SystemExit:  # how Tune stops the thread of a trial; let the training loop leave in order
            stopped = True
        return not stopped

    function = trial_function or real_trial_function()
    try:
        outcome = train(
            with_inputs_here(files.workload, copies),
            _trial(config),
            function,
            load_model or _process_cache(),
            report=report,
            remaining=_remaining(_ends_at(config), flag_at(config["stop_flag"])),
            resume_from=files.resume_from(config["resume_from"]),
        )
        published = {} if stopped else files.publish()
    except Exception as error:
        result: dict[str, Any] = {FAILURE: describe_failure(error), FAILURE_FIELD: blamed_field(error)}
    else:
        checkpoint = workload.checkpoint_root / config["trial"] if published else outcome.checkpoint
        result = {OUTCOME: dataclasses.asdict(outcome) | {"checkpoint": str(checkpoint)}, **published}
    finally:
        files.clear()
    if stopped:
        sys.exit(0)
    return result


def read_point(values: Mapping[str, Any]) -> CurvePoint:
    """Return the curve point that a trial reported, with what the run was then if it said so."""
    told = values.get("so_far")
    so_far = SoFar(tuple(read_point(each) for each in told["before"]), told["kept"]) if told else None
    return CurvePoint(**{**values, "so_far": so_far})


def read_outcome(values: Mapping[str, Any]) -> TrialOutcome:
    """Return the outcome that a trial reported."""
    return TrialOutcome(
        best=read_point(values["best"]),
        curve=tuple(read_point(point) for point in values["curve"]),
        checkpoint=Path(values["checkpoint"]),
        seconds=values["seconds"],
        stopped=values["stopped"],
    )


def _ends_at(config: Mapping[str, Any]) -> float | None:
    """Return the Unix time at which the trial has to end, None where there is no limit."""
    allowed = None if config["allowance"] is None else time.time() + config["allowance"]
    return min((end for end in (config["deadline"], allowed) if end is not None), default=None)


def _trial(config: Mapping[str, Any]) -> Trial:
    """Return the trial again, as far as whoever trains needs it."""
    return Trial(
        id=config["trial"],
        number=config["number"],
        model=config["model"],
        strategy=config["strategy"],
        parameters=config["parameters"],
        seed=config["seed"],
        origin=config["origin"],
    )


@functools.cache
def _process_cache() -> ModelCache:
    """Return this process's models: the process outlives the trial, its weights should too."""
    return ModelCache()


def _remaining(deadline: float | None, stop_flag: StopFlag) -> Callable[[], float]:
    """Return a cheap function of the seconds left; minus infinity once the flag is hoisted."""
    looked, flagged = -math.inf, False

    def remaining() -> float:
        nonlocal looked, flagged
        now = time.monotonic()
        if not flagged and now - looked >= stop_flag.look_seconds:
            looked, flagged = now, stop_flag.hoisted()
        if flagged:
            return -math.inf
        return math.inf if deadline is None else deadline - time.time()

    return remaining
