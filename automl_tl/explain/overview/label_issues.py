"""Labels that deserve a second look, by models that did not learn from them.

Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021, section 3: a
label is doubtful if another class is at least as probable as it usually is where it is the given label. A number
is doubtful if it lies more than four usual errors off.

Where classes overlap such labels are found among right ones too; how many is told by labels that are drawn from
the model's own probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import TargetData
from automl_tl.data.tasks.base import target_tasks
from automl_tl.explain.clock import Remaining
from automl_tl.explain.overview.base import LabelIssue
from automl_tl.finetune.evaluation import Predictions
from automl_tl.finetune.tasks.base import learning_tasks

__all__ = ["doubtful", "expected_issues", "label_issues", "out_of_fold_answers"]

_MOST = 20
_FOLDS = 5
_FEWEST = 20
_FAR = 4.0
_MAD_TO_DEVIATION = 1.4826
_DRAWS = 20


def label_issues(
    data: TargetData, sources: Sequence[tuple[str, Predictions]], *, most: int = _MOST
) -> tuple[tuple[LabelIssue, ...], int]:
    """Return the most doubtful labels of all parts, and how many are doubtful at all.

    Parameters
    ----------
    sources
        Part and out-of-sample answers on its rows; a part is judged by itself.
    """
    describe = target_tasks.get(data.task).describe
    found = []
    for part, predictions in sources:
        for place, suggested, score in doubtful(predictions.labels, predictions.probabilities):
            row = int(predictions.rows[place])
            found.append(
                LabelIssue(
                    row,
                    data.dataset.row_ids[row],
                    part,
                    describe(predictions.labels[place], data.class_names),
                    describe(suggested, data.class_names),
                    score,
                )
            )
    found.sort(key=lambda issue: (-issue.score, issue.row))
    return tuple(found[:most]), len(found)


def doubtful(labels: NDArray[Any], answers: NDArray[np.floating]) -> list[tuple[int, Any, float]]:
    """Return place, suggested label and score of the labels that are in doubt."""
    exact = np.asarray(answers, dtype=np.float64)
    if labels.dtype.kind == "f":
        return _far_numbers(labels, exact[:, 0])
    if labels.ndim == 2:
        return _doubtful_sets(labels, exact)
    return _doubtful_classes(labels, exact)


def out_of_fold_answers(
    task: str,
    features: NDArray[np.floating],
    labels: NDArray[Any],
    outputs: int,
    *,
    seed: int = 0,
    remaining: Remaining = lambda: float("inf"),
) -> NDArray[np.float64] | None:
    """Return the answers (N, C) of a linear model to rows that it did not learn from; None for too few rows.

    Also None where the seconds ``remaining`` do not last for all folds, as the slowest so far foretells.
    """
    rows = len(labels)
    if rows < _FEWEST:
        return None
    learner = learning_tasks.get(task)
    folds = np.random.default_rng(seed).permutation(rows) % _FOLDS
    answers, slowest = np.zeros((rows, outputs)), 0.0
    for fold in range(_FOLDS):
        before, known = remaining(), folds != fold
        if before <= (_FOLDS - fold) * slowest:
            return None
        if labels.ndim == 1 and labels.dtype.kind != "f" and len(np.unique(labels[known])) < 2:
            return None
        head = learner.solve(features[known], labels[known], outputs, inverse_regularisation=1.0, seed=seed)
        answers[~known] = head.probabilities(features[~known])
        slowest = max(slowest, before - remaining()) if math.isfinite(before) else 0.0
    return answers


def expected_issues(sources: Sequence[tuple[str, Predictions]], *, seed: int = 0) -> float:
    """Return how many labels would be in doubt if all were right and so were the probabilities; NaN for numbers.

    The mean over 20 sets of labels drawn from the probabilities.
    """
    generator = np.random.default_rng(seed)
    total = 0.0
    for _, predictions in sources:
        labels, answers = predictions.labels, np.asarray(predictions.probabilities, dtype=np.float64)
        if labels.dtype.kind == "f":
            return float("nan")
        counts = [len(doubtful(_drawn(labels, answers, generator), answers)) for _ in range(_DRAWS)]
        total += float(np.mean(counts))
    return total


def _drawn(
    labels: NDArray[Any], answers: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.int64]:
    """Return labels shaped as ``labels``, drawn from the probabilities."""
    if labels.ndim == 2:
        return (generator.random(answers.shape) < answers).astype(np.int64)
    steps = np.cumsum(answers, axis=1)
    return (generator.random((len(answers), 1)) * steps[:, -1:] >= steps).sum(axis=1).astype(np.int64)


def _doubtful_classes(labels: NDArray[Any], answers: NDArray[np.float64]) -> list[tuple[int, Any, float]]:
    classes = np.arange(answers.shape[1])
    # The usual probability of a class where it is the given label; of a class that never is, nothing is suggested.
    usual = np.array([answers[labels == c, c].mean() if (labels == c).any() else np.inf for c in classes])
    likely = np.where(answers >= usual, answers, -1.0)
    best, places = likely.argmax(axis=1), np.arange(len(answers))
    gain = answers[places, best] - answers[places, labels]
    found = np.flatnonzero((likely[places, best] >= 0) & (best != labels) & (gain > 0))
    return [(int(place), np.int64(best[place]), float(gain[place])) for place in found]


def _doubtful_sets(labels: NDArray[Any], answers: NDArray[np.float64]) -> list[tuple[int, Any, float]]:
    """Return rows with a doubtful label, judged label by label; the suggestion turns it over."""
    worst: dict[int, tuple[float, int]] = {}
    for label in range(answers.shape[1]):
        pair = np.stack([1 - answers[:, label], answers[:, label]], axis=1)
        for place, _, score in _doubtful_classes(labels[:, label], pair):
            worst[place] = max(worst.get(place, (0.0, 0)), (score, label))
    found = []
    for place, (score, label) in sorted(worst.items()):
        suggested = labels[place].copy()
        suggested[label] = 1 - suggested[label]
        found.append((place, suggested, score))
    return found


def _far_numbers(labels: NDArray[np.float64], answers: NDArray[np.float64]) -> list[tuple[int, Any, float]]:
    errors = np.asarray(labels, dtype=np.float64) - answers
    middle = np.median(errors)
    usual = _MAD_TO_DEVIATION * float(np.median(np.abs(errors - middle)))
    if usual <= 0:
        return []
    off = np.abs(errors - middle) / usual
    return [(int(place), answers[place], float(off[place])) for place in np.flatnonzero(off > _FAR)]
