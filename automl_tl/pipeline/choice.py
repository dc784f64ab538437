"""Why this model: gathers what the finished stages know, and lets winner and runner-up answer the same rows."""

from __future__ import annotations

from automl_tl.choice.base import ModelChoice, Rivalry, SearchInfluences
from automl_tl.choice.costs import cost_points
from automl_tl.choice.influences import runner_up_of, search_influences
from automl_tl.choice.rivalry import compare_rivals
from automl_tl.data.dataset import TargetData
from automl_tl.errors import AutomlError, Cancelled, DeadlineReached, NotFound
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.fitted import load
from automl_tl.pipeline.bias.bench import AuditBench
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.steps.fit import Fitted
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.pipeline.steps.search import Searched
from automl_tl.search.resume import checkpoint_of
from automl_tl.search.trial import Trial
from automl_tl.transferability.base import Ranking

__all__ = ["model_choice"]


def model_choice(
    job: JobContext, ingested: Ingested, ranking: Ranking, searched: Searched, fitted: Fitted
) -> ModelChoice:
    """Return why the final model was chosen, as far as trials and time allow."""
    higher = ingested.metric.direction != "minimize"
    trials, winner = searched.result.trials, fitted.trial
    latencies = {row.model: row.cost.latency_ms for row in ranking.models if row.cost is not None}

    def out_of_time() -> bool:
        job.check()
        return job.deadlines.audit.passed()

    bench = AuditBench(ingested.target, fitted.model, fitted.measured.predictions, job.spec.seed, out_of_time)
    rival = runner_up_of(trials, winner.id, higher_is_better=higher)
    # The paired test first: it takes next to no time and says most.
    rivalry = None if rival is None else _rivalry(bench, searched, winner, rival)
    influences = _influences(job, bench, winner, trials, higher)
    return ModelChoice(influences, rivalry, cost_points(trials, latencies, higher_is_better=higher))


def _influences(
    job: JobContext, bench: AuditBench, winner: Trial, trials: tuple[Trial, ...], higher: bool
) -> SearchInfluences:
    try:
        return search_influences(
            trials, winner.id, higher_is_better=higher, seed=job.spec.seed, check=bench.check_time
        )
    except DeadlineReached:
        return SearchInfluences("skipped", "no time was left to look into the search", len(trials))


def _rivalry(bench: AuditBench, searched: Searched, winner: Trial, rival: Trial) -> Rivalry:
    """Compare the two trials' own checkpoints on the validation rows."""
    try:
        first, second = (_answers(bench, searched, trial) for trial in (winner, rival))
    except DeadlineReached:
        return Rivalry(winner.id, rival.id, reason="no time was left to let both answer the same rows")
    except Cancelled:
        raise
    except AutomlError as error:
        return Rivalry(winner.id, rival.id, reason=error.message)
    return compare_rivals(
        (winner.id, first),
        (rival.id, second),
        searched.workload.metric,
        groups=_groups(bench.target),
        seed=bench.seed,
    )


def _answers(bench: AuditBench, searched: Searched, trial: Trial) -> Predictions:
    checkpoint = checkpoint_of(searched.workload, trial)
    if checkpoint is None:
        raise NotFound(f"the weights of {trial.id} are not on this machine any more")
    return bench.answer(load(checkpoint), bench.target.split.validation)


def _groups(target: TargetData) -> tuple[str, ...] | None:
    groups = target.groups
    return None if groups is None else tuple(groups[int(row)] for row in target.split.validation)
