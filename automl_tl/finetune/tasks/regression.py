"""Learning one number per example: ridge regression, squared or Huber loss, the output itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.tasks.regression import far_outside
from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.ridge_head import choose_ridge, fit_ridge_head, unit_of
from automl_tl.finetune.tasks.base import Constant, LearningTask, MetricChoice, learning_tasks
from automl_tl.finetune.workload import LinearHead

if TYPE_CHECKING:
    from automl_tl.finetune.objective import Objective

__all__ = ["Regression"]

_MANY_FAR = 0.01
_KINDS = 4


class Regression(LearningTask):
    """Answers are numbers (N, 1) in the target's own unit."""

    name = "regression"
    link = "identity"
    classical = "ridge regression"
    unused_parameters = ("label_smoothing", "focal", "class_weights", "sampling")

    def default_metric(self, labels: NDArray[Any]) -> MetricChoice:
        """Return the root mean squared error, or the mean absolute error where values lie far out."""
        share = float(far_outside(labels).mean())
        if share > _MANY_FAR:
            return MetricChoice(
                "mae",
                f"because {share:.1%} of the training values lie far outside the range of the others, and squared "
                "errors would be decided by them",
            )
        return MetricChoice("rmse", "because values spread without many outliers, and large errors count most")

    def unit(self, labels: NDArray[Any]) -> tuple[float, float]:
        """Return mean and standard deviation of the numbers."""
        return unit_of(labels)

    def solve(
        self,
        features: NDArray[np.floating],
        labels: NDArray[Any],
        outputs: int,
        *,
        inverse_regularisation: float,
        seed: int,
        balanced: bool = False,
        rough: bool = False,
    ) -> LinearHead:
        """Return the ridge regression."""
        return fit_ridge_head(features, labels, inverse_regularisation=inverse_regularisation)

    def choose(
        self,
        features: NDArray[np.floating],
        labels: NDArray[Any],
        outputs: int,
        *,
        seed: int,
        balanced: bool = False,
        remaining: Callable[[], float] = no_limit,
        groups: NDArray[np.int64] | None = None,
    ) -> float:
        """Return the C with the least squared error on rows, or groups, left out."""
        return choose_ridge(features, labels, remaining=remaining, groups=groups, seed=seed)

    def objective(self, recipe: Recipe, labels: NDArray[Any], metric: str) -> Objective | None:
        """Return squared error, or Huber's loss where the metric counts errors linearly."""
        from automl_tl.finetune.number_loss import NumberLoss

        mean, deviation = unit_of(labels)
        return NumberLoss(mean, deviation, robust=metric == "mae")

    def constant(self, labels: NDArray[Any], outputs: int, metric: str) -> Constant:
        """Return the mean, or the median, which has the least absolute error."""
        middle, value = ("median", np.median(labels)) if metric == "mae" else ("mean", labels.mean())
        return Constant(middle, f"always the {middle} of the training values", np.array([value], dtype=np.float32))

    def decode(
        self, answers: NDArray[np.floating], names: Sequence[str], thresholds: Sequence[float]
    ) -> list[Any]:
        """Return the numbers."""
        return [float(value) for value in answers[:, 0]]

    def right(self, labels: NDArray[Any], answers: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return the half of the answers with the smaller errors."""
        errors = np.abs(labels - answers[:, 0])
        return np.asarray(errors <= np.median(errors)) if len(errors) else np.zeros(0, dtype=np.bool_)

    def surprise(self, labels: NDArray[Any], answers: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the absolute errors."""
        return np.asarray(np.abs(labels - answers[:, 0]), dtype=np.float64)

    def kinds(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """Return quarters of the numbers."""
        order = np.argsort(np.argsort(labels, kind="stable"), kind="stable")
        return np.asarray(order * _KINDS // max(len(labels), 1), dtype=np.int64)


learning_tasks.register(Regression.name, Regression())
