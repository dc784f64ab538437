"""AUDIT: behaviour by group on the test part."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.audit import audit
from automl_tl.fairness.base import FairnessReport
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.metrics import task_of
from automl_tl.json_codec import to_plain
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.fit import Fitted
from automl_tl.pipeline.steps.ingest import Ingested

__all__ = ["publish", "run"]

_FILE = "bias_report.json"


def run(job: JobContext, ingested: Ingested, fitted: Fitted) -> FairnessReport:
    """Compare the groups of every sensitive column; cheap and deterministic, so simply repeated on resume."""
    predictions = fitted.measured.predictions
    groups = {
        attribute: [values[int(row)] for row in predictions.rows]
        for attribute, values in ingested.target.sensitive.items()
    }
    return audit(
        predictions.labels,
        _decided(predictions),
        groups,
        class_names=ingested.target.class_names,
        y_score=predictions.probabilities if ingested.target.task == "classification" else None,
        task=ingested.target.task,
        seed=job.spec.seed,
    )


def _decided(predictions: Predictions) -> NDArray[Any]:
    """Return the answers as the audit compares them: class ids, decisions of 0 and 1, or numbers."""
    task = task_of(predictions.labels)
    if task == "classification":
        return predictions.probabilities.argmax(axis=1)
    if task == "regression":
        return predictions.probabilities[:, 0]
    thresholds = predictions.thresholds or (0.5,) * predictions.probabilities.shape[1]
    return (predictions.probabilities >= np.array(thresholds)).astype(np.int64)


def publish(job: JobContext, product: FairnessReport) -> None:
    """Publish the bias report as numbers."""
    path = job.directory(Stage.AUDIT) / _FILE
    path.write_text(json.dumps(to_plain(product), indent=2), encoding="utf-8")
    job.journal.publish(Stage.AUDIT, [ArtifactFile(_FILE, "bias_report", "application/json", path)])
