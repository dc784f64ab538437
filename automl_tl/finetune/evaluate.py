"""Measure a model on rows of a dataset, with intervals; the sealed test part is measured here and once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import TargetData
from automl_tl.data.modalities.base import modalities
from automl_tl.errors import InvalidInput
from automl_tl.finetune.bootstrap import bootstrap, paired_bootstrap
from automl_tl.finetune.class_floor import class_difference_floor, class_floor
from automl_tl.finetune.evaluation import Evaluation, Interval, Predictions
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.metrics import metrics, metrics_of, task_of
from automl_tl.finetune.share_floor import difference_floor, figure_floor, widened

__all__ = ["evaluate", "paired_difference", "predict_rows"]

_ROWS_AT_ONCE = 256


def predict_rows(
    model: FittedModel,
    data: TargetData,
    rows: NDArray[np.int64],
    *,
    check: Callable[[], object] = lambda: None,
) -> Predictions:
    """Decode ``rows`` of the dataset a few at a time and return the model's answers to them.

    ``check`` is called before every few rows; it raises where there is a reason to stop, and nothing is returned.
    """
    modality = modalities.get(data.dataset.modality)
    parts = [np.zeros((0, len(model.class_names)), dtype=np.float32)]
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        check()
        inputs = modality.read(data.dataset, [int(row) for row in rows[start : start + _ROWS_AT_ONCE]])
        parts.append(model.answers(inputs))
    return Predictions(rows, data.labels[rows], np.concatenate(parts), model.thresholds)


def evaluate(
    predictions: Predictions,
    *,
    name: str,
    description: str = "",
    seed: int = 0,
    groups: Sequence[str] | None = None,
    difference: Interval | None = None,
    condition: str = "",
    same_model: bool = False,
) -> Evaluation:
    """Return every metric of the task with its 95 % interval.

    Accuracy is a share of independent examples and gets Wilson's interval, which does not shrink to a point when
    every example is right, as does the share of examples all of whose labels are right; the other metrics get a
    percentile bootstrap of 1000 resamples. With ``groups`` (one name per row, such as the patient) all of them,
    accuracy too, resample whole groups. Shares of right answers, balanced accuracy too, are never surer than
    :func:`~automl_tl.finetune.share_floor.figure_floor` of so many rows and groups, nor F1, AUROC and average
    precision than :func:`~automl_tl.finetune.class_floor.class_floor`.
    """
    if len(predictions.labels) == 0:
        raise InvalidInput(f"cannot evaluate {name!r}: the test part has no rows", field="split")
    figures: dict[str, Interval] = {}
    for key in metrics_of(task_of(predictions.labels)):
        metric, labels = metrics.get(key), predictions.labels
        answers = predictions.for_metric(metric.decides)
        floor = figure_floor(metric, labels, answers, groups)
        if metric.share_of_rows and groups is None and floor is not None:
            figures[key] = floor
        else:
            found = bootstrap(metric, labels, answers, seed=seed, groups=groups)
            figures[key] = widened(found, floor or class_floor(key, labels, answers, groups))
    return Evaluation(
        name=name,
        description=description,
        metrics=figures,
        difference=difference,
        condition=condition,
        same_model=same_model,
    )


def paired_difference(
    final: Predictions,
    other: Predictions,
    metric: str,
    *,
    seed: int = 0,
    groups: Sequence[str] | None = None,
    same_model: bool = False,
) -> Interval:
    """Return (final - other) on ``metric`` with its 95 % paired-bootstrap interval.

    The sign is the metric's own: for a metric that is minimised a negative difference speaks for ``final``. Shares
    of right answers are never surer than :func:`~automl_tl.finetune.share_floor.difference_floor` of so many rows
    and groups, nor is F1, AUROC or average precision where both models are without an error; unless both are the
    ``same_model`` but for its temperature, which decide alike about every row.
    """
    if not np.array_equal(final.rows, other.rows):
        raise InvalidInput(
            "a paired difference needs both predictions on the same rows in the same order", field="rows"
        )
    measure = metrics.get(metric)
    ours, theirs = (each.for_metric(measure.decides) for each in (final, other))
    found = paired_bootstrap(measure, final.labels, ours, theirs, seed=seed, groups=groups)
    if same_model:
        return found
    floor = difference_floor(measure, final.labels, ours, theirs, groups)
    return widened(found, floor or class_difference_floor(metric, final.labels, ours, theirs, groups))
