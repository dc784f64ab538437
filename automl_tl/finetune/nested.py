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
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from automl_tl.finetune.cross_validate import fold_workload, folds_of
from automl_tl.finetune.evaluation import Interval
from automl_tl.finetune.metrics import all_metrics, improves, metrics
from automl_tl.finetune.probe_head import choose_head, merged, solve_head
from automl_tl.finetune.workload import Workload

__all__ = ["MOST_ROWS", "NestedEstimate", "nested_probe"]

MOST_ROWS = 500
"""With fewer rows than this a test part of a fifth leaves intervals of ten points and more."""

_FOLDS = 5
_INNER = 3
_REPEATS = 3


@dataclass(frozen=True)
class NestedEstimate:
    """How well the recipe "choose the best linear probe" does on rows it has not seen.

    Attributes
    ----------
    interval
        The metric's mean over folds with its 95 % interval, whose variance counts that folds share training rows.
    rows
        Rows that were held out in turn; none of them is of the test part.
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


def nested_probe(
    workload: Workload,
    *,
    seed: int,
    remaining: Callable[[], float],
    repeats: int = _REPEATS,
) -> NestedEstimate | None:
    """Estimate, on train and validation together, the whole recipe of a linear probe.

    In every outer fold the model and its C are chosen by cross-validation inside, so the figure has no profit from
    having chosen. Fine-tuning is not part of it.

    Parameters
    ----------
    workload
        Whose candidates are those that have cached features of both parts.
    repeats
        How often the rows are divided anew, time permitting.

    Returns
    -------
    None if time ran out before the first repeat was complete, or nothing could be held out.
    """
    whole = _without_validation(merged(workload))
    metric = metrics.get(workload.metric)
    values: list[float] = []
    chosen: Counter[str] = Counter()
    done, longest, folds = 0, 0.0, 0
    for repeat in range(repeats):
        began = time.perf_counter()
        if remaining() <= longest:
            break
        found = _one_repeat(whole, seed + repeat, remaining)
        if not found:
            break
        values += [metric.value(labels, answers) for labels, answers, _ in found]
        chosen.update(model for _, _, model in found)
        done, folds = done + 1, len(found)
        longest = max(longest, time.perf_counter() - began)
    known = np.array([value for value in values if not math.isnan(value)])
    if not done or not len(known):
        return None
    interval = _corrected(known, folds, bounded=metric.direction == "maximize")
    return NestedEstimate(metric.name, interval, len(whole.train), folds, done, dict(sorted(chosen.items())))


def _one_repeat(
    whole: Workload, seed: int, remaining: Callable[[], float]
) -> list[tuple[NDArray[np.int64], NDArray[np.float32], str]]:
    """Return labels, probabilities and chosen model per outer fold; nothing if time ran out."""
    assignment = folds_of(whole.train.labels, _FOLDS, seed=seed, groups=whole.train.groups)
    found = []
    for number in np.unique(assignment[assignment >= 0]):
        if remaining() <= 0:
            return []
        rows = np.flatnonzero(assignment == number)
        part = fold_workload(whole, rows)
        model, strength = _choose(part, seed)
        head = solve_head(part, model, inverse_regularisation=strength, seed=seed)
        found.append((part.validation.labels, head.probabilities(part.validation_features[model]), model))
    return found


def _choose(part: Workload, seed: int) -> tuple[str, float]:
    """Return the model whose probe does best in the inner folds, and its C."""
    strengths = {model: choose_head(part, model, seed=seed)[1] for model in part.train_features}
    best, *others = strengths
    if others:
        bare = _without_validation(part)
        assignment = folds_of(part.train.labels, _INNER, seed=seed, groups=part.train.groups)
        inner = [
            fold_workload(bare, np.flatnonzero(assignment == number))
            for number in np.unique(assignment[assignment >= 0])
        ]
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
    answers = [
        solve_head(part, model, inverse_regularisation=strength, seed=seed).probabilities(
            part.validation_features[model]
        )
        for part in parts
    ]
    return all_metrics(np.concatenate([part.validation.labels for part in parts]), np.concatenate(answers))


def _without_validation(workload: Workload) -> Workload:
    """Return the workload with an empty validation part."""
    return dataclasses.replace(
        workload,
        validation=workload.train.picked(np.zeros(0, dtype=np.int64)),
        validation_features={model: values[:0] for model, values in workload.train_features.items()},
    )


def _corrected(values: NDArray[np.float64], folds: int, *, bounded: bool) -> Interval:
    """Return mean and interval by Nadeau and Bengio's corrected resampled t-test."""
    mean = float(values.mean())
    if len(values) < 2:
        return Interval(mean, math.nan, math.nan)
    variance = float(values.var(ddof=1)) * (1 / len(values) + 1 / max(folds - 1, 1))
    half = float(stdtrit(len(values) - 1, 0.975)) * math.sqrt(variance)
    low, high = mean - half, mean + half
    return (
        Interval(mean, max(low, min(mean, 0.0)), min(high, max(mean, 1.0)))
        if bounded
        else Interval(mean, low, high)
    )
