"""Repeated nested cross-validation of the linear-probe recipe: an honest figure where a test part is small.

Varma & Simon, Bias in error estimation when using cross-validation for model selection, BMC Bioinformatics 2006
(nesting); Nadeau & Bengio, Inference for the generalization error, Machine Learning 2003 (variance).
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from automl_tl.finetune.cross_validate import fold_workload, folds_of
from automl_tl.finetune.evaluation import Interval
from automl_tl.finetune.metrics import Metric, all_metrics, improves, metrics
from automl_tl.finetune.probe_head import choose_head, merged, solve_head
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.finetune.thresholds import choose_thresholds, decisions
from automl_tl.finetune.workload import LabelledInputs, Workload

__all__ = ["MOST_ROWS", "NestedEstimate", "NotEstimated", "nested_probe"]

MOST_ROWS = 500
"""With fewer rows than this a test part of a fifth leaves intervals of ten points and more."""

_FOLDS = 5
_INNER = 3
_REPEATS = 3

_NO_TIME = "the time set aside for it was used up before every row had been held out once"
_NO_FOLDS = "no row could be held out without losing its class or its only group"
_NO_FIGURE = "the metric is not defined on any of the parts that were held out"


@dataclass(frozen=True)
class NestedEstimate:
    """How well the recipe "choose the best linear probe" does on rows it has not seen.

    Attributes
    ----------
    interval
        The metric's mean over folds with its 95 % interval, whose variance counts that folds share training rows.
    rows
        Rows that were held out in turn; none of them is of the test part. A class's only row never is.
    folds, repeats
        Outer folds of each repeat, and finished repeats.
    chosen
        How often each model was chosen inside, by id.
    """

    metric: str
    interval: Interval
    rows: int
    folds: int
    repeats: int
    chosen: Mapping[str, int]


@dataclass(frozen=True)
class NotEstimated:
    """Why there is no estimate, as the end of a sentence."""

    reason: str


@dataclass(frozen=True)
class _Fold:
    """What an outer fold gave: labels (N, ...) and answers (N, C) of its rows, and the model chosen inside."""

    labels: NDArray[Any]
    answers: NDArray[np.floating]
    model: str


def nested_probe(
    workload: Workload,
    *,
    seed: int,
    remaining: Callable[[], float],
    repeats: int = _REPEATS,
) -> NestedEstimate | NotEstimated:
    """Estimate, on train and validation together, the whole recipe of a linear probe, whatever the task is.

    In every outer fold the model and its C, and thresholds where the metric counts decisions on labels, are chosen
    by cross-validation inside, so the figure has no profit from having chosen. Fine-tuning is not part of it.

    Parameters
    ----------
    workload
        Whose candidates are those that have cached features of both parts.
    repeats
        How often the rows are divided anew, time permitting.

    Returns
    -------
    The reason if time ran out before the first repeat was complete, or nothing could be held out or measured.
    """
    whole = _without_validation(merged(workload))
    metric = metrics.get(workload.metric)
    finished: list[list[_Fold]] = []
    longest = 0.0
    for repeat in range(repeats):
        began = time.perf_counter()
        if remaining() <= longest:
            break
        assignment = folds_of(whole.train.labels, _FOLDS, seed=seed + repeat, groups=whole.train.groups)
        if not (assignment >= 0).any():
            return NotEstimated(_NO_FOLDS)
        found = _one_repeat(whole, assignment, seed + repeat, remaining)
        if not found:
            break
        finished.append(found)
        longest = max(longest, time.perf_counter() - began)
    if not finished:
        return NotEstimated(_NO_TIME)
    folds = [fold for found in finished for fold in found]
    values = np.array([metric.value(fold.labels, fold.answers) for fold in folds])
    if np.isnan(values).all():
        return NotEstimated(_NO_FIGURE)
    last = finished[-1]
    return NestedEstimate(
        metric=metric.name,
        interval=_corrected(values[~np.isnan(values)], len(last), bounds=_bounds(metric)),
        rows=sum(len(fold.labels) for fold in last),
        folds=len(last),
        repeats=len(finished),
        chosen=dict(sorted(Counter(fold.model for fold in folds).items())),
    )


def _one_repeat(
    whole: Workload, assignment: NDArray[np.int64], seed: int, remaining: Callable[[], float]
) -> list[_Fold]:
    """Return what every outer fold gave; nothing if time ran out."""
    found = []
    for number in np.unique(assignment[assignment >= 0]):
        if remaining() <= 0:
            return []
        part = fold_workload(whole, np.flatnonzero(assignment == number))
        inner = _inner_folds(part, seed)
        model, strength = _choose(part, inner, seed, remaining)
        if remaining() <= 0:
            # Choosing may have been cut short, and such a choice is not the recipe.
            return []
        head = solve_head(part, model, inverse_regularisation=strength, seed=seed)
        answers = head.probabilities(part.validation_features[model])
        answers = _decided(part, inner, model, strength, answers, seed)
        found.append(_Fold(part.validation.labels, answers, model))
    return found


def _inner_folds(part: Workload, seed: int) -> list[Workload]:
    """Return the workloads that hold out an outer fold's training rows in turn."""
    bare = _without_validation(part)
    assignment = folds_of(part.train.labels, _INNER, seed=seed, groups=part.train.groups)
    return [
        fold_workload(bare, np.flatnonzero(assignment == number))
        for number in np.unique(assignment[assignment >= 0])
    ]


def _choose(
    part: Workload, inner: Sequence[Workload], seed: int, remaining: Callable[[], float]
) -> tuple[str, float]:
    """Return the model whose probe does best in the inner folds, and its C."""
    strengths = {
        model: choose_head(part, model, seed=seed, remaining=remaining)[1] for model in part.train_features
    }
    best, *others = strengths
    if others:
        better = partial(improves, metrics.get(part.metric))
        figures = {model: _figures(inner, model, strength, seed) for model, strength in strengths.items()}
        for model in others:
            if better(figures[model], figures[best]):
                best = model
    return best, strengths[best]


def _figures(parts: Sequence[Workload], model: str, strength: float, seed: int) -> dict[str, float]:
    """Return the figures of a model's probe over the inner folds."""
    if not parts:
        return dict.fromkeys(metrics.names(), math.nan)
    asked, answers = _inner_answers(parts, model, strength, seed)
    return all_metrics(asked.labels, answers)


def _inner_answers(
    parts: Sequence[Workload], model: str, strength: float, seed: int
) -> tuple[LabelledInputs, NDArray[np.float32]]:
    """Return the rows that the inner folds hold out, and a model's probe's answers (N, C) to them."""
    heads = [solve_head(part, model, inverse_regularisation=strength, seed=seed) for part in parts]
    answers = [
        head.probabilities(part.validation_features[model]) for part, head in zip(parts, heads, strict=True)
    ]
    return reduce(LabelledInputs.joined, [part.validation for part in parts]), np.concatenate(answers)


def _decided(
    part: Workload,
    inner: Sequence[Workload],
    model: str,
    strength: float,
    answers: NDArray[np.floating],
    seed: int,
) -> NDArray[np.floating]:
    """Return the answers, or decisions at thresholds chosen inside where the metric counts those on labels."""
    decides = metrics.get(part.metric).decides and learning_tasks.get(part.task).decides_by_threshold
    if not decides or not inner:
        return answers
    asked, told = _inner_answers(inner, model, strength, seed)
    thresholds, _ = choose_thresholds(asked.labels, told, metric=part.metric, seed=seed, groups=asked.groups)
    return decisions(answers, np.array(thresholds)) if thresholds else answers


def _without_validation(workload: Workload) -> Workload:
    """Return the workload with an empty validation part."""
    return dataclasses.replace(
        workload,
        validation=workload.train.picked(np.zeros(0, dtype=np.int64)),
        validation_features={model: values[:0] for model, values in workload.train_features.items()},
    )


def _bounds(metric: Metric) -> tuple[float, float]:
    """Return between which values a metric lies: r2 has no lower bound, and none is needed for correlations."""
    if metric.direction == "minimize":
        return 0.0, math.inf
    return (-math.inf if "regression" in metric.tasks else 0.0), 1.0


def _corrected(values: NDArray[np.float64], folds: int, *, bounds: tuple[float, float]) -> Interval:
    """Return mean and interval by Nadeau and Bengio's corrected resampled t-test, inside the metric's bounds."""
    mean = float(values.mean())
    if len(values) < 2:
        return Interval(mean, math.nan, math.nan)
    variance = float(values.var(ddof=1)) * (1 / len(values) + 1 / max(folds - 1, 1))
    half = float(stdtrit(len(values) - 1, 0.975)) * math.sqrt(variance)
    lowest, highest = bounds
    return Interval(mean, max(mean - half, min(mean, lowest)), min(mean + half, max(mean, highest)))
