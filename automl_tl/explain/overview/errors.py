"""The test rows that the model gets most wrong."""

from __future__ import annotations

import numpy as np

from automl_tl.data.dataset import TargetData
from automl_tl.data.tasks.base import target_tasks
from automl_tl.explain.overview.base import ConfidentError
from automl_tl.explain.select import right_answers
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.tasks.base import learning_tasks

__all__ = ["confident_errors", "told_answer"]

_MOST = 10


def confident_errors(
    predictions: Predictions, data: TargetData, *, most: int = _MOST
) -> tuple[tuple[ConfidentError, ...], int]:
    """Return the worst errors, the worst first, and how many there are in all.

    Of predicted numbers, the half with the larger distances counts as wrong.
    """
    task = learning_tasks.get(data.task)
    answers = np.asarray(predictions.probabilities)
    wrong = np.flatnonzero(~right_answers(task, predictions))
    surprise = task.surprise(predictions.labels, answers)
    describe = target_tasks.get(data.task).describe
    worst = wrong[np.argsort(-surprise[wrong], kind="stable")][:most]
    found = tuple(
        ConfidentError(
            int(predictions.rows[place]),
            data.dataset.row_ids[int(predictions.rows[place])],
            describe(predictions.labels[place], data.class_names),
            told_answer(predictions, int(place), data),
            float(surprise[place]),
        )
        for place in worst
    )
    return found, len(wrong)


def told_answer(predictions: Predictions, place: int, data: TargetData) -> str:
    """Return what the model says to one row, in words: sets of labels in those of the true ones."""
    answers = np.asarray(predictions.probabilities)[place : place + 1]
    (told,) = learning_tasks.get(data.task).decode(answers, data.class_names, predictions.thresholds)
    if isinstance(told, list):
        named = [name in told for name in data.class_names]
        return target_tasks.get(data.task).describe(named, data.class_names)
    return told if isinstance(told, str) else f"{told:.4g}"
