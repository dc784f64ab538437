"""EXPLAIN: Shapley values for a handful of test examples, and what many of them have in common."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, replace

from automl_tl.explain.base import Explanation, Unexplained
from automl_tl.explain.cases import readable_cases
from automl_tl.explain.clock import limited
from automl_tl.explain.explainer import explain_predictions
from automl_tl.explain.overview.base import Overview
from automl_tl.explain.overview.gather import Evidence, gather_overview
from automl_tl.explain.select import select_rows
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.fit import Fitted
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.pipeline.steps.search import Searched
from automl_tl.report.privacy import AggregateMap, aggregate_maps, without_example, without_examples

__all__ = ["Explained", "publish", "run"]

_FILE = "explanations.json"
_LOCAL_SHARE = 0.6
"""Of the time for explanations; the rest is for what many of them have in common."""
_SAMPLES = 30
_ASK_EVERY = 0.25


@dataclass(frozen=True)
class Explained:
    """What may leave the job: explanations, without their examples unless the spec includes them, and averages.

    ``failed`` are the rows that were chosen and could not be explained, with their reasons.
    """

    explanations: tuple[Explanation, ...]
    aggregates: tuple[AggregateMap, ...]
    failed: tuple[Unexplained, ...] = ()
    overview: Overview | None = None


def run(job: JobContext, ingested: Ingested, fitted: Fitted, searched: Searched | None = None) -> Explained:
    """Explain right answers and bad errors, as many as the spec asks for and time allows; then look at many."""
    if job.journal.finished_stage(Stage.EXPLAIN):
        path = job.journal.fetch(_FILE, job.directory(Stage.EXPLAIN) / _FILE)
        return from_plain(Explained, json.loads(path.read_text(encoding="utf-8")))
    explanations, failed = _local(job, ingested, fitted)
    overview = _overview(job, ingested, fitted, searched, explanations)
    aggregates = aggregate_maps(explanations)
    if job.spec.include_examples:
        return Explained(explanations, aggregates, failed, overview)
    shown = without_examples(overview, numbers=ingested.target.task == "regression")
    return Explained(tuple(map(without_example, explanations)), aggregates, failed, shown)


def publish(job: JobContext, product: Explained) -> None:
    """Publish the explanations as numbers."""
    path = job.directory(Stage.EXPLAIN) / _FILE
    path.write_text(json.dumps(to_plain(product)), encoding="utf-8")
    job.journal.publish(Stage.EXPLAIN, [ArtifactFile(_FILE, "explanations", "application/json", path)])


def _local(
    job: JobContext, ingested: Ingested, fitted: Fitted
) -> tuple[tuple[Explanation, ...], tuple[Unexplained, ...]]:
    rows = select_rows(fitted.measured.predictions, job.spec.explanations, seed=job.spec.seed)
    cases, unreadable = readable_cases(ingested.target, rows)
    left = job.deadlines.explain.remaining()
    share = _LOCAL_SHARE * left if math.isfinite(left) else left
    explanations = explain_predictions(
        fitted.model,
        cases,
        remaining=limited(job.deadlines.explain.remaining, share),
        seed=job.spec.seed,
        progress=_Watch(job, 0.0, _LOCAL_SHARE),
    )
    explained = {entry.row for entry in explanations}
    late = tuple(
        Unexplained(case.row, case.row_id, "there was no time left") for case in cases if case.row not in explained
    )
    if late:
        job.journal.warn(f"time allowed {len(explanations)} of {len(rows)} explanations")
    return explanations, (*unreadable, *late)


def _overview(
    job: JobContext,
    ingested: Ingested,
    fitted: Fitted,
    searched: Searched | None,
    explanations: tuple[Explanation, ...],
) -> Overview:
    evidence = Evidence(fitted.model, ingested.target, fitted.measured.predictions, explanations)
    features = searched.workload.train_features.get(fitted.trial.model) if searched is not None else None
    if features is not None:
        evidence = replace(evidence, train_rows=ingested.target.split.train, train_features=features)
    return gather_overview(
        evidence,
        samples=_samples(job),
        remaining=job.deadlines.explain.remaining,
        seed=job.spec.seed,
        progress=_Watch(job, _LOCAL_SHARE, 1.0),
    )


def _samples(job: JobContext) -> int:
    """Return how many explanations averages are made of: none where none was asked for."""
    return max(_SAMPLES, job.spec.explanations) if job.spec.explanations else 0


class _Watch:
    """Passes progress on as a part of the stage's, and asks now and then whether the job was asked to stop."""

    def __init__(self, job: JobContext, begin: float, end: float) -> None:
        self._job, self._begin, self._end = job, begin, end
        self._asked_at = -math.inf

    def __call__(self, fraction: float, message: str) -> None:
        now = time.monotonic()
        if now - self._asked_at < _ASK_EVERY:
            return
        self._asked_at = now
        self._job.check()
        self._job.journal.progress(self._begin + (self._end - self._begin) * fraction, message)
