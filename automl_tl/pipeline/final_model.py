"""The final model of a job: what the search's trials are made into, with every decision on the way."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key
from pathlib import Path

from automl_tl.errors import NotFound
from automl_tl.finetune.decision import Decision
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.final_plan import FinalPlan, Run
from automl_tl.finetune.fine_tuning import settled
from automl_tl.finetune.finishing import plan_final_model
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.metrics import Metric, improves
from automl_tl.finetune.nested import MOST_ROWS, NestedEstimate, NotEstimated, nested_probe
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.refit import refit
from automl_tl.finetune.rivals import FinishedRun
from automl_tl.finetune.trial import LoadModel
from automl_tl.finetune.workload import CurvePoint, TrialOutcome, Workload
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.recipe_file import (
    DataPart,
    ModelPart,
    Outcome,
    RecipeFile,
    SetsPart,
    SplitPart,
    package_versions,
)
from automl_tl.pipeline.remake import answers_digest
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.pipeline.steps.search import Searched
from automl_tl.search.lifecycle import best_point
from automl_tl.search.resume import checkpoint_of
from automl_tl.search.trial import Trial, TrialState

__all__ = ["Made", "make_final_model", "nested_estimate", "outcome_of", "recipe_of", "usable_trials"]


_NESTED_SECONDS = 20.0
_NESTED_SHARE = 0.5
"""Of what is left for fitting; the estimate is an addition and must not cost the report."""


@dataclass(frozen=True)
class Made:
    """The model, how it can be made again, the trial that it is named after, and the decisions in order.

    ``probe`` is the id of the model with the best linear probe, as far as there was time to ask all rows, "" where
    there was none to choose from.
    """

    model: FittedModel
    plan: FinalPlan
    trial: Trial
    decisions: tuple[Decision, ...]
    probe: str = ""


def make_final_model(
    job: JobContext,
    ingested: Ingested,
    searched: Searched,
    load_model: LoadModel,
    *,
    remaining: Callable[[], float],
) -> Made:
    """Choose, blend and calibrate on held-out examples, then retrain on train and validation."""
    job.journal.progress(0.0, "deciding on the final model")
    workload, metric = searched.workload, ingested.metric
    trials = {trial.id: trial for trial in usable_trials(searched, metric)}
    loaded: dict[str, FittedModel] = {}

    def checkpoint(run: Run) -> FittedModel:
        if run.trial not in loaded:
            found = checkpoint_of(workload, trials[run.trial])
            if found is None:
                raise NotFound(f"the checkpoint of {run.trial} is gone; run the job again")
            loaded[run.trial] = load(found)
        return loaded[run.trial]

    planned = plan_final_model(
        workload,
        [_finished(trial, len(workload.train)) for trial in trials.values()],
        checkpoint=checkpoint,
        load_model=load_model,
        remaining=remaining,
        seed=job.spec.seed,
        ensemble=job.spec.ensemble and not _limited(job),
        mixing=not _limited(job),
    )
    job.check()
    job.journal.progress(0.25, "retraining on train and validation")
    model, plan, retraining = refit(
        workload,
        planned.plan,
        planned.model,
        checkpoint=checkpoint,
        load_model=load_model,
        remaining=remaining,
        row_seconds=planned.row_seconds,
    )
    decisions = (*planned.decisions, *_refused(job), retraining)
    return Made(model, plan, trials[plan.lead.trial], decisions, planned.probe)


def recipe_of(
    job: JobContext,
    ingested: Ingested,
    workload: Workload,
    plan: FinalPlan,
    model: FittedModel,
    predictions: Predictions,
    load_model: LoadModel,
) -> RecipeFile:
    """Return what somebody needs to make the final model again."""
    target, spec = ingested.target, job.spec
    parts = []
    for name in dict.fromkeys(run.model for run in (*plan.runs, *plan.members)):
        card = workload.cards[name]
        loaded = load_model(card)
        found = (name, loaded.weights_digest, loaded.resolved_revision, card.input.layers)
        parts.append(ModelPart(*found, head=workload.settled.get(name)))
    metric = ingested.metric
    value = metric.value(predictions.labels, predictions.for_metric(metric.decides))
    return RecipeFile(
        models=tuple(parts),
        data=DataPart(
            sha256=job.dataset.digest,
            rows=len(job.dataset),
            modality=job.dataset.modality,
            task=target.task,
            target=target.target,
            group_by=target.group_by,
            split=SplitPart(
                spec.split.column, spec.split.validation_fraction, spec.split.test_fraction, spec.seed
            ),
            streaming=ingested.streaming,
        ),
        metric=metric.name,
        seed=spec.seed,
        plan=plan,
        conformal=SetsPart(spec.conformal.alpha, spec.conformal.method),
        threads=workload.threads,
        device=workload.device,
        devices=workload.devices,
        compiled=workload.compiled,
        outcome=Outcome(value, answers_digest(model, predictions)),
        versions=package_versions(),
    )


def nested_estimate(job: JobContext, workload: Workload) -> NestedEstimate | NotEstimated | None:
    """Return nested cross-validation of the linear-probe recipe, or why there is none; None if rows are many."""
    rows = len(workload.train) + len(workload.validation)
    if rows >= MOST_ROWS:
        return None
    job.journal.progress(0.95, "nested cross-validation of the linear probe")
    until = time.monotonic() + min(_NESTED_SECONDS, _NESTED_SHARE * job.deadlines.fit.remaining())
    return nested_probe(
        workload,
        seed=job.spec.seed,
        remaining=lambda: -math.inf if job.journal.cancelled() else until - time.monotonic(),
    )


def outcome_of(trial: Trial) -> TrialOutcome:
    """Return how a trial ended, from its ledger row."""
    start = CurvePoint(update=0, fraction=0.0, seconds=0.0, train_loss=math.nan, metrics=trial.metrics)
    return TrialOutcome(
        best=best_point(trial) or start,
        curve=trial.curve,
        checkpoint=Path(trial.checkpoint),
        seconds=trial.seconds,
    )


def usable_trials(searched: Searched, metric: Metric) -> list[Trial]:
    """Return the trials with a checkpoint, the search's winner first and then by validation."""
    best = searched.result.best
    others = [
        trial
        for trial in searched.result.trials
        if trial.id != best.id
        and trial.checkpoint
        and trial.state is not TrialState.FAILED
        and not math.isnan(trial.value)
    ]
    others.sort(key=cmp_to_key(lambda a, b: _order(metric, a, b)))
    return [best, *others]


def _order(metric: Metric, first: Trial, second: Trial) -> int:
    if improves(metric, first.metrics, second.metrics):
        return -1
    return 1 if improves(metric, second.metrics, first.metrics) else first.number - second.number


def _finished(trial: Trial, n_train: int) -> FinishedRun:
    best = outcome_of(trial).best
    recipe = settled(Recipe.from_parameters(trial.strategy, trial.parameters), n_train)
    run = Run(trial.id, trial.model, recipe, trial.seed, best.update)
    looked = any(point.update > 0 for point in trial.curve)
    return FinishedRun(run, trial.metrics, best.training_seconds or trial.seconds, looked)


def _limited(job: JobContext) -> bool:
    """Return whether a model may be so large or slow only: two that answer together were not measured."""
    models = job.spec.models
    return bool(models.max_parameters or models.max_latency_ms or models.max_memory_mb)


def _refused(job: JobContext) -> tuple[Decision, ...]:
    """Return why several backbones do not answer together where the job asks for that and limits its model."""
    if not (job.spec.ensemble and _limited(job)):
        return ()
    reason = "the job's limits hold for one model, and several that answer together were not measured"
    return (Decision("ensemble", False, reason),)
