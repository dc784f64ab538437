"""Rung 0: a linear probe of every candidate, so that a usable model exists before the search begins."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from automl_tl.finetune.workload import Workload
from automl_tl.names import trial_id
from automl_tl.search.budget import Deadline
from automl_tl.search.execute import execute
from automl_tl.search.lifecycle import begin
from automl_tl.search.runner import LoadModel, TrialFunction
from automl_tl.search.trial import Trial, TrialState

__all__ = ["PROBE_ORIGIN", "PROBE_STRATEGY", "probe_trials"]

PROBE_STRATEGY = "linear_probe"
PROBE_ORIGIN = "probe"


def probe_trials(
    workload: Workload,
    models: Sequence[str],
    *,
    seed: int,
    trial_function: TrialFunction,
    load_model: LoadModel,
    record: Callable[[Trial], None],
    deadline: Deadline,
    cancelled: Callable[[], bool],
    first_number: int = 1,
) -> list[Trial]:
    """Probe candidates in this process, best-ranked first, each recorded before it runs and at its end.

    The heads were already fitted on cached embeddings, so this costs little more than writing a checkpoint. After
    the deadline no further candidate is begun, except that the search for a first usable model goes on.
    """
    trials: list[Trial] = []
    for number, model in enumerate(models, first_number):
        usable = any(trial.state is not TrialState.FAILED for trial in trials)
        if cancelled() or (usable and deadline.passed()):
            break
        trial = Trial(trial_id(number), number, model, PROBE_STRATEGY, {}, seed, PROBE_ORIGIN)
        record(trial)
        record(begin(trial))
        trial = execute(workload, trial, trial_function, load_model, remaining=lambda: math.inf)
        record(trial)
        trials.append(trial)
    return trials
