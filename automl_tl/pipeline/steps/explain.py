"""EXPLAIN: Shapley values for a handful of test examples."""

from __future__ import annotations

import json
from dataclasses import dataclass

from automl_tl.explain.base import Explanation
from automl_tl.explain.cases import cases_from
from automl_tl.explain.explainer import explain_predictions
from automl_tl.explain.select import select_rows
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.fit import Fitted
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.report.privacy import AggregateMap, aggregate_maps, without_example

__all__ = ["Explained", "publish", "run"]

_FILE = "explanations.json"


@dataclass(frozen=True)
class Explained:
    """What may leave the job: explanations, without their examples unless the spec includes them, and averages."""

    explanations: tuple[Explanation, ...]
    aggregates: tuple[AggregateMap, ...]


def run(job: JobContext, ingested: Ingested, fitted: Fitted) -> Explained:
    """Explain right predictions and confident errors, as many as the spec asks for and time allows."""
    if job.journal.finished_stage(Stage.EXPLAIN):
        path = job.journal.fetch(_FILE, job.directory(Stage.EXPLAIN) / _FILE)
        return from_plain(Explained, json.loads(path.read_text(encoding="utf-8")))
    rows = select_rows(fitted.measured.predictions, job.spec.explanations, seed=job.spec.seed)

    def progress(fraction: float, message: str) -> None:
        job.check()
        job.journal.progress(fraction, message)

    explanations = explain_predictions(
        fitted.model,
        cases_from(ingested.target, rows),
        remaining=job.deadlines.explain.remaining,
        seed=job.spec.seed,
        progress=progress,
    )
    if len(explanations) < len(rows):
        job.journal.warn(f"time allowed {len(explanations)} of {len(rows)} explanations")
    shown = explanations if job.spec.include_examples else tuple(map(without_example, explanations))
    return Explained(shown, aggregate_maps(explanations))


def publish(job: JobContext, product: Explained) -> None:
    """Publish the explanations as numbers."""
    path = job.directory(Stage.EXPLAIN) / _FILE
    path.write_text(json.dumps(to_plain(product)), encoding="utf-8")
    job.journal.publish(Stage.EXPLAIN, [ArtifactFile(_FILE, "explanations", "application/json", path)])
