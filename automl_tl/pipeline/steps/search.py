"""SEARCH: find the best recipe on validation data, starting from a linear probe of every chosen model."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import partial

from automl_tl.errors import NotFound
from automl_tl.finetune.model_archive import pack, unpack
from automl_tl.finetune.workload import Workload
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.device_time import kept_for_fitting, spending_limits
from automl_tl.pipeline.events import CHECKPOINT_KIND
from automl_tl.pipeline.foreknowledge import (
    closing_of,
    memory_limit,
    most_training_bytes,
    sizes_of,
    standings_of,
)
from automl_tl.pipeline.head_choices import solve_heads
from automl_tl.pipeline.incumbent import Incumbent
from automl_tl.pipeline.inputs import labelled_inputs, whole_parts
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import MOST_TUNED, Stage
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.pipeline.steps.probe import Probed
from automl_tl.search.budget import Budget, StopReason
from automl_tl.search.inline_runner import InlineRunner
from automl_tl.search.resume import checkpoint_of, has_checkpoint, recall
from automl_tl.search.run import SearchResult, search
from automl_tl.search.runner import PackingRunner, Resources, TrialRunner
from automl_tl.search.space import SearchSpace
from automl_tl.search.space_files import load_space
from automl_tl.search.space_reader import parse_space
from automl_tl.search.task_space import space_for_task
from automl_tl.search.trial import Trial
from automl_tl.transferability.base import Ranking

__all__ = ["Searched", "make_workload", "publish", "run", "space_of"]

_CANDIDATE = "candidate.zip"
_SUMMARY = "search.json"
_MOST_NAMED = 8
_STARTING_RAY_PAYS = 20.0
"""With fewer seconds than this left for search, starting Ray would use up most of them."""


@dataclass(frozen=True)
class Searched:
    """What the trials shared, and what the search found among them.

    What is trained from now on is trained here, so the workload's devices are those of this machine; ``resources``
    is what one trial held while it ran.
    """

    workload: Workload
    result: SearchResult
    resources: Resources


def run(job: JobContext, ingested: Ingested, probed: Probed, ranking: Ranking) -> Searched:
    """Probe the best-ranked models, then search; finished trials of an earlier lease are taken over."""
    rows = ranking.tried(job.spec.top_k)
    models = tuple(row.model for row in rows)
    workload, earlier = make_workload(job, ingested, probed, models), job.journal.trials()
    if earlier:
        recall(workload)
    if job.journal.finished_stage(Stage.SEARCH):
        return _restore(job, workload)
    _warn_of_untried(job, ranking)
    space, incumbent = (
        space_of(job),
        Incumbent(job, Stage.SEARCH, find=partial(checkpoint_of, workload, wait=False)),
    )
    runner = _runner(job, most_training_bytes(probed.costs, models))
    sizes = sizes_of(workload, space)

    def record(trial: Trial) -> None:
        job.journal.record_trial(trial)
        incumbent.look()

    try:
        found = search(
            workload,
            models,
            space,
            budget=Budget(trials=job.spec.budget.trials),
            deadline=job.deadlines.search,
            seed=job.spec.seed,
            runner=runner,
            record=record,
            warn=job.journal.warn,
            progress=job.journal.progress,
            cancelled=job.journal.cancelled,
            finished_trials=[_with_files(workload, trial) for trial in earlier],
            standings=standings_of(rows, sizes),
            memory=memory_limit(probed.costs, sizes, available=runner.trial_bytes),
            limits=spending_limits(job, runner.resources),
            improved=incumbent.improved,
            closing=closing_of(
                job,
                workload,
                [probed.embeddings[model] for model in models],
                kept_for_fitting(job, runner.resources),
            ),
        )
    finally:
        incumbent.flush()
    return Searched(replace(workload, devices=job.devices), found, runner.resources)


def make_workload(job: JobContext, ingested: Ingested, probed: Probed, models: tuple[str, ...]) -> Workload:
    """Gather what the trials of this job share: inputs, cached embeddings and the probe's heads."""
    target = ingested.target
    train, validation = target.split.train, target.split.validation
    bare = Workload(
        modality=job.dataset.modality,
        task=target.task,
        class_names=target.class_names,
        metric=ingested.metric.name,
        train=labelled_inputs(target, train),
        validation=labelled_inputs(target, validation),
        cards={model: probed.cards[model] for model in models},
        train_features={model: probed.embeddings[model].select(train) for model in models},
        validation_features={model: probed.embeddings[model].select(validation) for model in models},
        heads={},
        checkpoint_root=job.work / "trials",
        threads=job.threads,
        compiled=job.spec.compute.compile,
        whole=whole_parts(target, ingested.whole),
        elsewhere=job.elsewhere,
    )
    heads, choices = solve_heads(job, bare)
    return replace(bare, heads=heads, settled={model: each for model, each in choices.items() if each.kept})


def space_of(job: JobContext) -> SearchSpace:
    """Return the search space the spec asks for: inline, by name, or the modality's own."""
    if job.spec.search_space_yaml:
        space = parse_space(job.spec.search_space_yaml, name="search_space_yaml")
    else:
        space = load_space(job.spec.search_space_name or job.dataset.modality)
    return space_for_task(space, job.spec.task)


def publish(job: JobContext, product: Searched) -> None:
    """Publish the best checkpoint, so that another machine can fit and report if this one is lost."""
    found, held, directory = product.result, product.resources, job.directory(Stage.SEARCH)
    best = checkpoint_of(product.workload, found.best)
    if best is None:
        raise NotFound(f"the checkpoint of {found.best.id}, the best trial, is gone; run the job again")
    candidate = pack(best, directory / _CANDIDATE)
    summary = directory / _SUMMARY
    facts = {
        "best_trial": found.best.id,
        "stop_reason": found.stop_reason.value,
        "trials": len(found.trials),
        "trial_cpus": held.cpus,
        "trial_gpus": held.gpus,
    }
    summary.write_text(json.dumps(facts, indent=2), encoding="utf-8")
    job.journal.publish(
        Stage.SEARCH,
        [
            ArtifactFile(_CANDIDATE, CHECKPOINT_KIND, "application/zip", candidate),
            ArtifactFile(_SUMMARY, "search_summary", "application/json", summary),
        ],
    )


def _warn_of_untried(job: JobContext, ranking: Ranking) -> None:
    """Say which models stay untuned although the data cannot tell them from the best, and what would tune them.

    They are not taken in unasked: each costs trials of the budget that the best-ranked models then lack.
    """
    top_k = job.spec.top_k
    untried = ranking.untried_contenders(top_k)
    if not untried:
        return
    names = ", ".join(row.model for row in untried[:_MOST_NAMED])
    more = f" and {len(untried) - _MOST_NAMED} more" if len(untried) > _MOST_NAMED else ""
    if top_k < MOST_TUNED:
        advice = f"--top-k {min(untried[-1].rank, MOST_TUNED)} (top_k in the spec) has them tuned as well"
    else:
        advice = f"no search takes more than {MOST_TUNED}: name fewer models"
    job.journal.warn(
        f"the search takes the {top_k} best-ranked models only, and the data cannot tell {len(untried)} more from "
        f"the best: {names}{more}; {advice}"
    )


def _runner(job: JobContext, needed: float) -> TrialRunner:
    """Return the job's runner, or trials in this process when there is too little time to start another.

    Trials that need ``needed`` bytes share GPUs as their memory allows.
    """
    left = job.deadlines.search.remaining()
    if left <= _STARTING_RAY_PAYS and not math.isinf(left):
        return InlineRunner()
    runner = job.runner()
    return runner.packed(needed) if isinstance(runner, PackingRunner) else runner


def _with_files(workload: Workload, trial: Trial) -> Trial:
    """Forget a checkpoint that did not survive the loss of an earlier worker."""
    return trial if trial.checkpoint and has_checkpoint(workload, trial) else replace(trial, checkpoint="")


def _restore(job: JobContext, workload: Workload) -> Searched:
    """Return what an earlier lease published."""
    directory = job.directory(Stage.SEARCH)
    facts = json.loads(job.journal.fetch(_SUMMARY, directory / _SUMMARY).read_text(encoding="utf-8"))
    trials = tuple(_with_files(workload, trial) for trial in job.journal.trials())
    best = next(trial for trial in trials if trial.id == facts["best_trial"])
    if not best.checkpoint:
        archive = job.journal.fetch(_CANDIDATE, directory / _CANDIDATE)
        best = replace(best, checkpoint=str(unpack(archive, directory / "candidate")))
    held = Resources(cpus=facts.get("trial_cpus", 1.0), gpus=facts.get("trial_gpus", 0.0))
    result = SearchResult(best, trials, StopReason(facts["stop_reason"]))
    return Searched(replace(workload, devices=job.devices), result, held)
