"""The search as one call: rung 0, then trials until the budget is used up, then the best."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from automl_tl.errors import SearchSpaceError
from automl_tl.finetune.imbalance import imbalance
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.workload import Workload
from automl_tl.search.avoidance import MemoryLimit
from automl_tl.search.budget import Budget, Deadline, StopReason
from automl_tl.search.closing import Closing
from automl_tl.search.coverage import covered
from automl_tl.search.cut import promising, recalled, tolerance_unit
from automl_tl.search.driver import SearchDriver
from automl_tl.search.inline_runner import real_trial_function
from automl_tl.search.lifecycle import FINAL
from automl_tl.search.model_cache import ModelCache
from automl_tl.search.resume import state_of
from automl_tl.search.rung0 import PROBE_ORIGIN, probe_trials
from automl_tl.search.runner import LoadModel, TrialFunction, TrialRunner
from automl_tl.search.sampler import Sampler
from automl_tl.search.space import SearchSpace, Situation
from automl_tl.search.standing import Standing
from automl_tl.search.too_large import warn_of_too_large
from automl_tl.search.trial import Trial

__all__ = ["SearchResult", "search"]

_LOG = logging.getLogger(__name__)

_STARTUP_TRIALS = 8
_ROOM_FOR_SCOUTS = 8
"""With so many trials for each candidate, one is spared for each that was left out, in case the probe is wrong."""


@dataclass(frozen=True)
class SearchResult:
    """What a search found: the best trial, every trial in order of number, and why the search ended."""

    best: Trial
    trials: tuple[Trial, ...]
    stop_reason: StopReason


def search(
    workload: Workload,
    ranking_order: Sequence[str],
    space: SearchSpace,
    *,
    budget: Budget,
    deadline: Deadline,
    seed: int,
    runner: TrialRunner,
    record: Callable[[Trial], None],
    progress: Callable[[float, str], None] = lambda fraction, message: None,
    cancelled: Callable[[], bool] = lambda: False,
    finished_trials: Sequence[Trial] = (),
    trial_function: TrialFunction | None = None,
    load_model: LoadModel | None = None,
    standings: Mapping[str, Standing] | None = None,
    memory: MemoryLimit | None = None,
    limits: Mapping[StopReason, float] | None = None,
    improved: Callable[[Trial], None] = lambda trial: None,
    resumable: Callable[[Trial], bool] | None = None,
    closing: Closing | None = None,
    warn: Callable[[str], None] = _LOG.warning,
) -> SearchResult:
    """Search model x strategy x hyperparameters on one workload.

    Parameters
    ----------
    ranking_order
        Ids of the candidate models, best first; all are keys of ``workload.cards``. Each gets a linear probe;
        those that it can tell from the best are not tuned (:func:`~automl_tl.search.cut.promising`), nor are
        those that the space has no strategy for.
    space
        The search space; its modality must be the workload's.
    budget, deadline
        ``budget.trials`` counts trials after rung 0; ``deadline`` is when the search itself must be over
        (``budget.wall_seconds`` is for the whole job and not looked at).
    runner
        Runs the trials.
    record
        Writes one trial's row: before it is launched and at every change.
    finished_trials
        Rows of an earlier process of the same job; those not in a final state go on from their training state, or
        run again where there is none.
    trial_function, load_model
        How rung 0 is run in this process; None means real fine-tuning of the cards' own weights.
    standings
        What the ranking says of the candidates.
    memory
        What is known not to fit.
    limits
        Seconds that all trials together may run (:meth:`~automl_tl.search.budget.Budget.trial_seconds`).
    improved
        Told the best trial so far whenever it has become a better one, rung 0 included.
    resumable
        Whether a trial left a training state; None means that its file is looked for.
    closing
        What must follow the search, where time is limited: no trial is begun that could not be retrained after.
    warn
        Told of models that are not tuned although they should be, which nobody would see otherwise.

    Raises
    ------
    SearchSpaceError
        If the space does not fit the workload, or has no strategy for any of the candidates.
    TrialFailed
        If no trial, rung 0 included, ended with a usable model.
    """
    everybody = _situations(workload, ranking_order, space)
    candidates = covered(space, everybody, warn)
    metric = metrics.get(workload.metric)
    probed = {trial.model for trial in finished_trials if trial.origin == PROBE_ORIGIN and trial.checkpoint}
    probes = probe_trials(
        workload,
        [model for model in everybody if model not in probed],
        seed=seed,
        trial_function=trial_function or real_trial_function(),
        load_model=load_model or ModelCache(),
        record=record,
        deadline=deadline,
        cancelled=cancelled,
        first_number=1 + max((trial.number for trial in finished_trials), default=0),
    )
    earlier = [*finished_trials, *probes]
    by_model = {trial.model: trial for trial in earlier if trial.origin == PROBE_ORIGIN and trial.state in FINAL}
    worth_tuning = promising(list(candidates), by_model, workload=workload, standings=standings)
    tuned = {model: candidates[model] for model in worth_tuning}
    warn_of_too_large(space, tuned, memory or MemoryLimit(), warn)
    sampler = Sampler(
        space,
        tuned,
        metric=metric,
        seed=seed,
        portfolio=_portfolio_size(budget.trials),
        startup=_STARTUP_TRIALS,
        standings=standings,
        memory=memory,
        timed=bool(limits) or not math.isinf(deadline.remaining()),
    )

    left_out = {model: candidates[model] for model in candidates if model not in sampler.models}
    if budget.trials >= _ROOM_FOR_SCOUTS * len(candidates):
        sampler.scout(left_out)

    unit = tolerance_unit(workload)

    def take_back(trials: Sequence[Trial]) -> None:
        still = [model for model in left_out if model not in sampler.models]
        back = recalled(still, sampler.probes, sampler.trained(), unit=unit) if still else ()
        if back:
            sampler.recall({model: candidates[model] for model in back})

    driver = SearchDriver(
        sampler,
        metric=metric,
        budget=budget,
        deadline=deadline,
        seed=seed,
        record=record,
        progress=progress,
        resumable=resumable or (lambda trial: state_of(workload, trial) is not None),
        improved=improved,
        limits=limits,
        closing=closing,
        before_asking=take_back,
    )
    driver.adopt(earlier)
    if not cancelled():
        runner.run(workload, driver, driver, deadline=deadline, cancelled=cancelled)
    return SearchResult(driver.incumbent(), driver.trials, _stop_reason(driver, deadline, cancelled))


def _situations(workload: Workload, order: Sequence[str], space: SearchSpace) -> dict[str, Situation]:
    if space.modality != workload.modality:
        raise SearchSpaceError(
            f"the search space {space.name!r} is for {space.modality} data but the dataset is {workload.modality}",
            field="search_space_name",
        )
    return {
        model: Situation.of(
            workload.cards[model],
            train_examples=len(workload.train),
            classes=len(workload.class_names),
            imbalance=imbalance(workload.train.labels),
        )
        for model in order
    }


def _portfolio_size(trials: int) -> int:
    """Return how many trials start from known recipes: all of a tiny budget, half of a larger one."""
    return trials if trials <= 4 else max(4, trials // 2)


def _stop_reason(driver: SearchDriver, deadline: Deadline, cancelled: Callable[[], bool]) -> StopReason:
    if cancelled():
        return StopReason.CANCELLED
    if driver.stop_reason is not None:
        return driver.stop_reason
    return StopReason.BUDGET_WALL_TIME if deadline.passed() else StopReason.COMPLETED
