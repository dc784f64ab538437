"""Which predictions to explain: a handful that shows both how the model is right and how it fails."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.tasks.base import LearningTask, task_of_labels

__all__ = ["right_answers", "rows_in_turns", "select_rows", "stratified_rows"]


def right_answers(task: LearningTask, predictions: Predictions) -> NDArray[np.bool_]:
    """Return which of N answers are right; where the task decides by thresholds, by those of the predictions."""
    return task.right(predictions.labels, predictions.for_metric(task.decides_by_threshold))


def select_rows(predictions: Predictions, n: int, seed: int = 0) -> NDArray[np.int64]:
    """Return up to ``n`` dataset rows: right predictions drawn at random first, then the worst errors.

    Half of the places go to errors as far as there are any; both halves take turns over the true classes. What is
    right, and which errors are worst (the most confident ones for classes), is the task's.
    """
    task = task_of_labels(predictions.labels)
    answers = np.asarray(predictions.probabilities)
    is_right = right_answers(task, predictions)
    surprise = task.surprise(predictions.labels, answers)
    right, wrong = np.flatnonzero(is_right), np.flatnonzero(~is_right)
    wrong = wrong[np.argsort(-surprise[wrong], kind="stable")]
    right = np.random.default_rng(seed).permutation(right)
    n_wrong = min(len(wrong), max(n // 2, n - len(right)))
    n_right = min(len(right), n - n_wrong)
    kinds = _kinds(task, predictions)
    chosen_right = _spread(right, kinds, n_right)
    chosen_wrong = _spread(wrong, kinds, n_wrong)
    return predictions.rows[np.concatenate([chosen_right, chosen_wrong]).astype(np.int64)]


def stratified_rows(predictions: Predictions, n: int, seed: int = 0) -> NDArray[np.int64]:
    """Return up to ``n`` dataset rows drawn at random, taking turns over the true classes."""
    return rows_in_turns(predictions.rows, predictions.labels, n, seed)


def rows_in_turns(rows: NDArray[np.int64], labels: NDArray[Any], n: int, seed: int = 0) -> NDArray[np.int64]:
    """Return up to ``n`` of the rows drawn at random, taking turns over the kinds of their true labels (N, ...).

    Kinds are the task's: classes, each row's rarest label, or quarters of the numbers.
    """
    order = np.random.default_rng(seed).permutation(len(rows))
    kinds = np.asarray(task_of_labels(labels).kinds(labels), dtype=np.int64)
    return rows[_spread(order, kinds, n)]


def _kinds(task: LearningTask, predictions: Predictions) -> NDArray[np.int64]:
    return np.asarray(task.kinds(predictions.labels), dtype=np.int64)


def _spread(positions: NDArray[np.int64], kinds: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return ``n`` positions, taking turns over the kinds and keeping the order inside each kind."""
    turns: dict[int, int] = {}
    keyed = []
    for order, position in enumerate(positions):
        kind = int(kinds[position])
        turns[kind] = turns.get(kind, -1) + 1
        keyed.append((turns[kind], order, int(position)))
    return np.array([position for _, _, position in sorted(keyed)[:n]], dtype=np.int64)
