"""EXPLAIN: Shapley values for a handful of test examples."""

from __future__ import annotations

import json
from dataclasses import replace

from automl_tl.explain.base import Explanation
from automl_tl.explain.explainer import cases_from, explain_predictions
from automl_tl.explain.select import select_rows
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.fit import Fitted
from automl_tl.pipeline.steps.ingest import Ingested

__all__ = ["publish", "run", "without_inputs"]

_FILE = "explanations.json"


def run(job: JobContext, ingested: Ingested, fitted: Fitted) -> tuple[Explanation, ...]:
    """Explain right predictions and confident errors, as many as the spec asks for and time allows."""
    if job.journal.finished_stage(Stage.EXPLAIN):
        path = job.journal.fetch(_FILE, job.directory(Stage.EXPLAIN) / _FILE)
        return tuple(from_plain(Explanation, item) for item in json.loads(path.read_text(encoding="utf-8")))
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
    return explanations if job.spec.include_examples else tuple(map(without_inputs, explanations))


def without_inputs(explanation: Explanation) -> Explanation:
    """Return the explanation without the image or the words it is about."""
    names = explanation.feature_names
    if explanation.modality == "text":
        names = tuple(f"word {number}" for number in range(1, len(names) + 1))
    return replace(explanation, feature_names=names, preview_png=None)


def publish(job: JobContext, product: tuple[Explanation, ...]) -> None:
    """Publish the explanations as numbers; raw inputs only if the spec includes examples."""
    path = job.directory(Stage.EXPLAIN) / _FILE
    path.write_text(json.dumps([to_plain(item) for item in product]), encoding="utf-8")
    job.journal.publish(Stage.EXPLAIN, [ArtifactFile(_FILE, "explanations", "application/json", path)])
