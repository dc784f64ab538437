"""Metrics by name, each computed on whole samples and on many weighted resamples at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.tasks.forms import task_of
from automl_tl.finetune.measures import classes, numbers, sets
from automl_tl.registry import Registry

__all__ = [
    "Metric",
    "all_metrics",
    "default_metric",
    "direction_of",
    "improves",
    "metrics",
    "metrics_of",
    "task_of",
    "usual_metric",
]

Weighted = Callable[[NDArray[Any], NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

_IMBALANCE = 3.0
_USUAL = {"classification": "accuracy", "multilabel": "mean_average_precision", "regression": "rmse"}


@dataclass(frozen=True)
class Metric:
    """One figure of merit.

    Attributes
    ----------
    direction
        Whether a larger or a smaller value is better.
    summary
        One sentence for people.
    measures
        By task: a function of labels as the task has them, answers float64 (N, C) and weights float64 (R, N) that
        returns one value per row of weights, float64 (R,). A weight says how often an example was drawn.
    balanced
        Whether every class counts alike, however rare; training of single classes then weights them to match.
    decides
        Whether only decisions count, a label at 0.5 or more, so that tuned thresholds change the figure.
    share_of_rows
        Whether it is a share of examples that are right, for which a closed interval is known.
    share_of_classes
        Whether it is the mean of these shares over the classes present.
    scatters_as_share
        Whether figures on N examples scatter about as a share of N does: what counts right and wrong decisions.
    of_probabilities
        Whether it measures the probabilities themselves: to be surer than right costs, and a temperature helps.
    in_target_unit
        Whether it is in the unit of the predicted number, so that nobody knows beforehand what a large value is.
    """

    name: str
    direction: Literal["maximize", "minimize"]
    summary: str
    measures: Mapping[str, Weighted]
    balanced: bool = False
    decides: bool = False
    share_of_rows: bool = False
    share_of_classes: bool = False
    scatters_as_share: bool = False
    of_probabilities: bool = False
    in_target_unit: bool = False

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that it can measure."""
        return tuple(self.measures)

    def weighted(
        self, labels: NDArray[Any], answers: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return one value per row of weights, float64 (R,); the form of the labels tells the task."""
        return self.measures[task_of(labels)](labels, answers, weights)

    def value(self, labels: NDArray[Any], answers: NDArray[np.floating]) -> float:
        """Return the metric of answers (N, C) against N labels; NaN where it is not defined."""
        if len(labels) == 0:
            return float("nan")
        ones = np.ones((1, len(labels)))
        return float(self.weighted(labels, np.asarray(answers, dtype=np.float64), ones)[0])

    def signed(self, value: float) -> float:
        """Return ``value`` with the sign that makes larger better; NaN becomes minus infinity."""
        if math.isnan(value):
            return -math.inf
        return value if self.direction == "maximize" else -value

    def better(self, value: float, other: float) -> bool:
        """Return whether ``value`` is strictly better than ``other``; NaN is worse than any number."""
        return self.signed(value) > self.signed(other)


def metrics_of(task: str) -> tuple[str, ...]:
    """Return the names of the metrics of a task, sorted."""
    return tuple(name for name in metrics.names() if task in metrics.get(name).measures)


def usual_metric(task: str) -> Metric:
    """Return the metric of a task where nothing is known of its labels; data choose one of the same direction."""
    return metrics.get(_USUAL.get(task) or metrics_of(task)[0])


def direction_of(name: str, task: str) -> str:
    """Return ``maximize`` or ``minimize``: a metric's own way, that of the task's usual one where ``name`` is "".

    What nobody has registered here, metric or task, counts as one to maximise.
    """
    if name:
        return metrics.get(name).direction if name in metrics else "maximize"
    return usual_metric(task).direction if metrics_of(task) else "maximize"


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


def all_metrics(labels: NDArray[Any], answers: NDArray[np.floating]) -> dict[str, float]:
    """Return every metric of the labels' task by name, of answers (N, C) against N labels."""
    return {name: metrics.get(name).value(labels, answers) for name in metrics_of(task_of(labels))}


def default_metric(labels: NDArray[np.int64]) -> str:
    """Return ``accuracy``, or ``balanced_accuracy`` if the largest class is over 3 times the smallest."""
    counts = np.unique(labels[labels >= 0], return_counts=True)[1]
    imbalanced = len(counts) > 0 and counts.max() / counts.min() > _IMBALANCE
    return "balanced_accuracy" if imbalanced else "accuracy"


metrics: Registry[Metric] = Registry("metric")

for _metric in (
    Metric(
        "accuracy",
        "maximize",
        "Share of examples whose most probable class is right.",
        {"classification": classes.accuracy},
        share_of_rows=True,
        scatters_as_share=True,
    ),
    Metric(
        "balanced_accuracy",
        "maximize",
        "Mean over the classes present of the share of their examples that are right.",
        {"classification": classes.balanced_accuracy},
        balanced=True,
        share_of_classes=True,
        scatters_as_share=True,
    ),
    Metric(
        "macro_f1",
        "maximize",
        "Unweighted mean of the F1 score of each class or label.",
        {"classification": classes.macro_f1, "multilabel": sets.macro_f1},
        balanced=True,
        decides=True,
        scatters_as_share=True,
    ),
    Metric(
        "log_loss",
        "minimize",
        "Mean negative log probability of what is right, in nats.",
        {"classification": classes.log_loss, "multilabel": sets.log_loss},
        of_probabilities=True,
    ),
    Metric(
        "auroc",
        "maximize",
        "Area under the ROC curve, one class or label against the rest, mean over those present.",
        {"classification": classes.auroc, "multilabel": sets.auroc},
        balanced=True,
    ),
    Metric(
        "average_precision",
        "maximize",
        "Mean precision over all recalls, one class against the rest, mean over the classes present.",
        {"classification": classes.average_precision},
        balanced=True,
    ),
    Metric(
        "brier",
        "minimize",
        "Mean squared distance of the probabilities from what is right.",
        {"classification": classes.brier, "multilabel": sets.brier},
        of_probabilities=True,
    ),
    Metric(
        "mean_average_precision",
        "maximize",
        "Mean precision over all recalls of each label, mean over the labels that occur; needs no thresholds.",
        {"multilabel": sets.mean_average_precision},
        balanced=True,
    ),
    Metric(
        "micro_f1",
        "maximize",
        "F1 score of all decisions on all labels together.",
        {"multilabel": sets.micro_f1},
        decides=True,
        scatters_as_share=True,
    ),
    Metric(
        "subset_accuracy",
        "maximize",
        "Share of examples all of whose labels are right.",
        {"multilabel": sets.subset_accuracy},
        decides=True,
        share_of_rows=True,
        scatters_as_share=True,
    ),
    Metric(
        "hamming_loss",
        "minimize",
        "Share of single decisions, one per example and label, that are wrong.",
        {"multilabel": sets.hamming_loss},
        decides=True,
    ),
    Metric(
        "mae",
        "minimize",
        "Mean absolute error, in the target's unit.",
        {"regression": numbers.mae},
        in_target_unit=True,
    ),
    Metric(
        "rmse",
        "minimize",
        "Root of the mean squared error, in the target's unit; large errors count most.",
        {"regression": numbers.rmse},
        in_target_unit=True,
    ),
    Metric(
        "r2",
        "maximize",
        "Share of the variance that is explained: 1 is perfect, 0 no better than the mean.",
        {"regression": numbers.r2},
    ),
    Metric(
        "spearman",
        "maximize",
        "Correlation of true and predicted ranks: whether the order is right, in [-1, 1].",
        {"regression": numbers.spearman},
    ),
):
    metrics.register(_metric.name, _metric)
