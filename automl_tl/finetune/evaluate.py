"""Measure a model on rows of a dataset, with intervals; the sealed test part is measured here and once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import TargetData
from automl_tl.data.modalities.base import modalities
from automl_tl.errors import InvalidInput
from automl_tl.finetune.bootstrap import bootstrap, paired_bootstrap, wilson
from automl_tl.finetune.evaluation import Evaluation, Interval, Predictions
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.metrics import metrics

__all__ = ["evaluate", "paired_difference", "predict_rows"]

_ROWS_AT_ONCE = 256


def predict_rows(model: FittedModel, data: TargetData, rows: NDArray[np.int64]) -> Predictions:
    """Decode ``rows`` of the dataset a few at a time and return the model's probabilities on them."""
    modality = modalities.get(data.dataset.modality)
    parts = [np.zeros((0, len(model.class_names)), dtype=np.float32)]
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        inputs = modality.read(data.dataset, [int(row) for row in rows[start : start + _ROWS_AT_ONCE]])
        parts.append(model.predict_proba(inputs))
    return Predictions(rows=rows, labels=data.labels[rows], probabilities=np.concatenate(parts))


def evaluate(
    predictions: Predictions,
    *,
    name: str,
    description: str = "",
    seed: int = 0,
    groups: Sequence[str] | None = None,
    difference: Interval | None = None,
) -> Evaluation:
    """Return every registered metric with its 95 % interval.

    Accuracy is a share of independent examples and gets Wilson's interval, which does not shrink to a point when
    every example is right; the other metrics get a percentile bootstrap of 1000 resamples. With ``groups`` (one
    name per row, such as the patient) all of them, accuracy too, resample whole groups.
    """
    if len(predictions.labels) == 0:
        raise InvalidInput(f"cannot evaluate {name!r}: the test part has no rows", field="split")
    figures: dict[str, Interval] = {}
    for key in metrics.names():
        if key == "accuracy" and groups is None:
            right = int((predictions.probabilities.argmax(axis=1) == predictions.labels).sum())
            figures[key] = wilson(right, len(predictions.labels))
        else:
            figures[key] = bootstrap(
                metrics.get(key), predictions.labels, predictions.probabilities, seed=seed, groups=groups
            )
    return Evaluation(name=name, description=description, metrics=figures, difference=difference)


def paired_difference(
    final: Predictions,
    other: Predictions,
    metric: str,
    *,
    seed: int = 0,
    groups: Sequence[str] | None = None,
) -> Interval:
    """Return (final - other) on ``metric`` with its 95 % paired-bootstrap interval.

    The sign is the metric's own: for a metric that is minimised a negative difference speaks for ``final``.
    """
    if not np.array_equal(final.rows, other.rows):
        raise InvalidInput(
            "a paired difference needs both predictions on the same rows in the same order", field="rows"
        )
    return paired_bootstrap(
        metrics.get(metric), final.labels, final.probabilities, other.probabilities, seed=seed, groups=groups
    )
