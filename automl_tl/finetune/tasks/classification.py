"""Learning one class per example: logistic regression, cross-entropy, softmax."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.metrics import default_metric
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.tasks.base import Constant, LearningTask, MetricChoice, learning_tasks
from automl_tl.finetune.workload import LinearHead

if TYPE_CHECKING:
    from automl_tl.finetune.objective import Objective

__all__ = ["Classification"]


class Classification(LearningTask):
    """Answers are class probabilities (N, C)."""

    name = "classification"
    link = "softmax"
    has_temperature = True
    classical = "logistic regression"

    def default_metric(self, labels: NDArray[Any]) -> MetricChoice:
        """Return accuracy, or balanced accuracy where classes are imbalanced."""
        counts = np.unique(labels, return_counts=True)[1]
        ratio = (
            f"the largest class has {counts.max() / counts.min():.1f} times as many training rows as the smallest"
        )
        if default_metric(labels) == "accuracy":
            return MetricChoice("accuracy", f"because classes are about equally frequent: {ratio}")
        return MetricChoice(
            "balanced_accuracy", f"because classes are imbalanced: {ratio}, and accuracy would hardly notice it"
        )

    def unit(self, labels: NDArray[Any]) -> tuple[float, float]:
        """Return (0, 1)."""
        return 0.0, 1.0

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
        """Return the softmax regression."""
        from automl_tl.finetune.head import fit_linear_head

        return fit_linear_head(
            features,
            labels,
            outputs,
            inverse_regularisation=inverse_regularisation,
            seed=seed,
            balanced=balanced,
            rough=rough,
        )

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
        """Return the C with the highest cross-validated accuracy."""
        from automl_tl.finetune.head import choose_regularisation

        return choose_regularisation(
            features, labels, outputs, seed=seed, balanced=balanced, remaining=remaining, groups=groups
        )

    def objective(self, recipe: Recipe, labels: NDArray[Any], metric: str) -> Objective | None:
        """Return None: strategies differ in what they minimise."""
        return None

    def weights(
        self, labels: NDArray[Any], outputs: int, *, balanced: bool, power: float = 1.0
    ) -> NDArray[np.float32]:
        """Return ones, or weights inverse to the class counts."""
        from automl_tl.finetune.training_data import class_weights

        return class_weights(labels, outputs, balanced=balanced, power=power)

    def constant(self, labels: NDArray[Any], outputs: int, metric: str) -> Constant:
        """Return the class shares."""
        shares = np.bincount(labels, minlength=outputs) / max(1, len(labels))
        return Constant("majority class", "always the most frequent class", shares.astype(np.float32))

    def decode(
        self, answers: NDArray[np.floating], names: Sequence[str], thresholds: Sequence[float]
    ) -> list[Any]:
        """Return the name of the most probable class of each."""
        return [names[index] for index in answers.argmax(axis=1)]

    def right(self, labels: NDArray[Any], answers: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return where the most probable class is the true one."""
        return np.asarray(answers.argmax(axis=1) == labels)

    def surprise(self, labels: NDArray[Any], answers: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return how sure the model was."""
        return answers.max(axis=1).astype(np.float64)

    def kinds(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """Return the classes."""
        return np.asarray(labels, dtype=np.int64)


learning_tasks.register(Classification.name, Classification())
