"""Rates by group of a job's test predictions: within AUDIT, and whenever somebody asks later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.fairness.audit import audit
from automl_tl.fairness.base import FairnessReport
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.metrics import task_of

__all__ = ["audit_predictions", "decided"]


def audit_predictions(
    predictions: Predictions,
    columns: Mapping[str, Sequence[str]],
    class_names: Sequence[str],
    *,
    favourable: str = "",
    row_figures: Mapping[str, NDArray[np.float64]] | None = None,
    veiled: bool = False,
    seed: int = 0,
) -> FairnessReport:
    """Compare groups by columns of the data set, each with a value for every row of it.

    Parameters
    ----------
    row_figures
        Further figures of the predicted rows, such as the size of a prediction set.
    veiled
        Whether names of groups must not show cells of single rows; see :func:`automl_tl.fairness.audit.audit`.

    Raises
    ------
    InvalidInput
        If ``favourable`` is no class.
    """
    task = task_of(predictions.labels)
    groups = {name: [values[int(row)] for row in predictions.rows] for name, values in columns.items()}
    return audit(
        predictions.labels,
        decided(predictions, task),
        groups,
        class_names=tuple(class_names),
        y_score=predictions.probabilities if task == "classification" else None,
        task=task,
        favourable=favourable or None,
        row_figures=row_figures or {},
        group_sizes={name: Counter(values) for name, values in columns.items()},
        veiled=veiled,
        seed=seed,
    )


def decided(predictions: Predictions, task: str) -> NDArray[Any]:
    """Return the answers as the audit compares them: class ids, decisions of 0 and 1, or numbers."""
    if task == "classification":
        return predictions.probabilities.argmax(axis=1)
    if task == "regression":
        return predictions.probabilities[:, 0]
    thresholds = predictions.thresholds or (0.5,) * predictions.probabilities.shape[1]
    return (predictions.probabilities >= np.array(thresholds)).astype(np.int64)
