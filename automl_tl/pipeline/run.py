"""The order of the rooms: every stage once, what is published is not published again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.device_time import fitting_deadline
from automl_tl.pipeline.slowness import slowness
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps import audit, explain, fit, ingest, probe, rank, report, search
from automl_tl.pipeline.steps.fit import Fitted
from automl_tl.pipeline.steps.search import Searched
from automl_tl.search.budget import Deadline, StopReason
from automl_tl.transferability.base import Ranking

__all__ = ["PipelineResult", "run_pipeline"]

Product = TypeVar("Product")


@dataclass(frozen=True)
class PipelineResult:
    """How a job that was not cancelled and did not fail ended; what ``stop_after`` cut off is None."""

    stop_reason: StopReason
    metric: str
    ranking: Ranking | None = None
    fitted: Fitted | None = None


def run_pipeline(job: JobContext) -> PipelineResult:
    """Walk the dataset through the rooms and publish what each adds.

    A stage whose output is published restores its product instead of publishing again: the cheap and
    deterministic ones are recomputed, embeddings come from the cache, search and fit from the ledger and the
    published model. So a job can be taken up by another worker at any stage.

    Raises
    ------
    Cancelled
        If somebody asked the job to stop.
    AutomlError
        With the reason, if a stage cannot do its work.
    """
    return next(result for stage, result in _walk(job) if stage is job.spec.stop_after)


def _walk(job: JobContext) -> Iterator[tuple[Stage, PipelineResult]]:
    """Yield after every stage what the job would return if it ended there."""
    ingested = _stage(job, Stage.INGEST, lambda: ingest.run(job), ingest.publish)
    result = PipelineResult(StopReason.STOP_AFTER, ingested.metric.name)
    yield Stage.INGEST, result
    probed = _stage(job, Stage.PROBE, lambda: probe.run(job, ingested), probe.publish)
    yield Stage.PROBE, result
    ranking = _stage(job, Stage.RANK, lambda: rank.run(job, ingested, probed), rank.publish)
    result = replace(result, ranking=ranking)
    yield Stage.RANK, result
    planned, measuring = job.deadlines, fit.measuring_seconds(job, ingested, probed, ranking)
    job = replace(job, deadlines=planned.slowed(slowness()).for_measuring(measuring))
    searched = _stage(job, Stage.SEARCH, lambda: search.run(job, ingested, probed, ranking), search.publish)
    yield Stage.SEARCH, result
    job = replace(job, deadlines=planned.slowed(slowness()).for_measuring(measuring))
    job = replace(job, deadlines=job.deadlines.fitting_until(_paid_until(job, searched)))
    fitted = _stage(job, Stage.FIT, lambda: fit.run(job, ingested, searched), fit.publish)
    result = replace(result, fitted=fitted)
    yield Stage.FIT, result
    explained = _stage(job, Stage.EXPLAIN, lambda: explain.run(job, ingested, fitted, searched), explain.publish)
    yield Stage.EXPLAIN, result
    audited = _stage(job, Stage.AUDIT, lambda: audit.run(job, ingested, searched, fitted), audit.publish)
    yield Stage.AUDIT, result
    products = report.Products(ingested, ranking, searched, fitted, explained, audited)
    _stage(job, Stage.REPORT, lambda: report.run(job, products), report.publish)
    yield Stage.REPORT, replace(result, stop_reason=searched.result.stop_reason)


def _paid_until(job: JobContext, searched: Searched) -> Deadline:
    """Return when fitting has used up what search left of device time and money; none if it is over already."""
    if job.journal.finished_stage(Stage.FIT):
        return Deadline(None)
    return fitting_deadline(job, searched.resources, searched.result.trials)


def _stage(
    job: JobContext,
    stage: Stage,
    work: Callable[[], Product],
    publish: Callable[[JobContext, Product], None],
) -> Product:
    """Run one stage; publish its product unless that was done under an earlier lease."""
    job.check()
    done = job.journal.finished_stage(stage)
    if not done:
        job.journal.begin(stage)
    product = work()
    job.check()
    if not done:
        publish(job, product)
    return product
