"""Metrics of a classifier, each computed on whole samples and on many weighted resamples at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from automl_tl.registry import Registry

__all__ = ["Metric", "all_metrics", "default_metric", "improves", "metrics"]

Weighted = Callable[[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

_SMALLEST_PROBABILITY = 1e-7
_IMBALANCE = 3.0


@dataclass(frozen=True)
class Metric:
    """One figure of merit.

    Attributes
    ----------
    direction
        Whether a larger or a smaller value is better.
    summary
        One sentence for people.
    weighted
        Function of labels int64 (N,), probabilities float64 (N, C) and weights float64 (R, N) that returns
        one value per row of weights, float64 (R,). A weight says how often an example was drawn.
    balanced
        Whether every class counts alike, however rare; training then weights classes to match.
    """

    name: str
    direction: Literal["maximize", "minimize"]
    summary: str
    weighted: Weighted
    balanced: bool = False

    def value(self, labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> float:
        """Return the metric of probabilities (N, C) against labels (N,); NaN where it is not defined."""
        if len(labels) == 0:
            return float("nan")
        ones = np.ones((1, len(labels)))
        return float(self.weighted(labels, np.asarray(probabilities, dtype=np.float64), ones)[0])

    def signed(self, value: float) -> float:
        """Return ``value`` with the sign that makes larger better; NaN becomes minus infinity."""
        if math.isnan(value):
            return -math.inf
        return value if self.direction == "maximize" else -value

    def better(self, value: float, other: float) -> bool:
        """Return whether ``value`` is strictly better than ``other``; NaN is worse than any number."""
        return self.signed(value) > self.signed(other)


def improves(metric: Metric, candidate: Mapping[str, float], incumbent: Mapping[str, float]) -> bool:
    """Return whether ``candidate`` beats ``incumbent`` by the metric, or by log loss where the metric ties.

    Small validation parts tie often; log loss then tells which of two equally right models is less sure of its
    errors. Both mappings hold metric values by name.
    """
    ours, theirs = (metric.signed(values[metric.name]) for values in (candidate, incumbent))
    if ours != theirs:
        return ours > theirs
    tie_breaker = metrics.get("log_loss")
    nan = float("nan")
    return tie_breaker.better(candidate.get("log_loss", nan), incumbent.get("log_loss", nan))


def all_metrics(labels: NDArray[np.int64], probabilities: NDArray[np.floating]) -> dict[str, float]:
    """Return every registered metric of probabilities (N, C) against labels (N,) by name."""
    return {name: metrics.get(name).value(labels, probabilities) for name in metrics.names()}


def default_metric(labels: NDArray[np.int64]) -> str:
    """Return ``accuracy``, or ``balanced_accuracy`` if the largest class is over 3 times the smallest."""
    counts = np.unique(labels[labels >= 0], return_counts=True)[1]
    imbalanced = len(counts) > 0 and counts.max() / counts.min() > _IMBALANCE
    return "balanced_accuracy" if imbalanced else "accuracy"


def _accuracy(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    right = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    return weights @ right / weights.sum(axis=1)


def _sum_by_class(weights: NDArray[np.float64], classes: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
    """Return the weight (R, C) that falls on each class: one matrix product instead of C passes."""
    return weights @ np.eye(n_classes)[classes]


def _balanced_accuracy(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    n_classes = probabilities.shape[1]
    hits = _sum_by_class(weights * (probabilities.argmax(axis=1) == labels), labels, n_classes)
    support = _sum_by_class(weights, labels, n_classes)
    return _mean_where(hits / np.where(support > 0, support, 1.0), support > 0)


def _macro_f1(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    n_classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    hits = _sum_by_class(weights * (predicted == labels), labels, n_classes)
    mass = _sum_by_class(weights, labels, n_classes) + _sum_by_class(weights, predicted, n_classes)
    return _mean_where(2 * hits / np.where(mass > 0, mass, 1.0), mass > 0)


def _log_loss(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    own = probabilities[np.arange(len(labels)), labels] / probabilities.sum(axis=1)
    return weights @ -np.log(np.clip(own, _SMALLEST_PROBABILITY, 1.0)) / weights.sum(axis=1)


def _auroc(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    present = np.unique(labels)
    areas = np.stack([_one_vs_rest(probabilities[:, c], labels == c, weights) for c in present], axis=1)
    return _mean_where(np.nan_to_num(areas), ~np.isnan(areas))


def _one_vs_rest(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weighted Mann-Whitney area (R,), ties counted half; NaN without positives or negatives."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    weights, positive = weights[:, order], positive[order]
    positives = np.add.reduceat(weights * positive, starts, axis=1)
    negatives = np.add.reduceat(weights * ~positive, starts, axis=1)
    below = np.cumsum(negatives, axis=1) - negatives / 2
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    wins = (positives * below).sum(axis=1)
    return np.where(pairs > 0, wins / np.where(pairs > 0, pairs, 1.0), np.nan)


def _mean_where(values: NDArray[np.float64], defined: NDArray[np.bool_]) -> NDArray[np.float64]:
    counts = defined.sum(axis=1)
    totals = np.where(defined, values, 0.0).sum(axis=1)
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)


metrics: Registry[Metric] = Registry("metric")

for _metric in (
    Metric("accuracy", "maximize", "Share of examples whose most probable class is right.", _accuracy),
    Metric(
        "balanced_accuracy",
        "maximize",
        "Mean over the classes present of the share of their examples that are right.",
        _balanced_accuracy,
        balanced=True,
    ),
    Metric("macro_f1", "maximize", "Unweighted mean of the F1 score of each class.", _macro_f1, balanced=True),
    Metric("log_loss", "minimize", "Mean negative log probability of the right class, in nats.", _log_loss),
    Metric(
        "auroc",
        "maximize",
        "Area under the ROC curve, one class against the rest, mean over the classes present.",
        _auroc,
        balanced=True,
    ),
):
    metrics.register(_metric.name, _metric)
