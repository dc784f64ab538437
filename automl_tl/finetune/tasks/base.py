"""What a task is to training: the head's solver, the loss, the answers and the metric by default.

Importing a task loads neither torch nor scikit-learn: saved models answer without the latter.

What the labels look like is :mod:`automl_tl.data.tasks`; both know a task by the same name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.metrics import task_of
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.workload import LinearHead
from automl_tl.registry import Registry

if TYPE_CHECKING:
    from automl_tl.finetune.objective import Objective

__all__ = ["Constant", "LearningTask", "MetricChoice", "learning_tasks", "task_of_labels"]


@dataclass(frozen=True)
class MetricChoice:
    """A metric's name and why it is the one by default, as the end of a sentence that begins with the name."""

    name: str
    reason: str


@dataclass(frozen=True)
class Constant:
    """The best answer that does not look at the input: answers float32 (C,), and how the baseline is called."""

    name: str
    description: str
    answers: NDArray[np.float32]


class LearningTask(ABC):
    """One kind of learning; one file and one registration each."""

    name: str
    link: str
    """Key of :data:`~automl_tl.finetune.links.LINKS`."""
    has_temperature = False
    """Whether outputs divided by a temperature give calibrated answers."""
    classical: str
    """What the classical baseline fits on its features."""
    unused_parameters: tuple[str, ...] = ()
    """Hyperparameters of recipes that change nothing here, so that no search wastes trials on them."""
    weighs_for_metric = True
    """Whether rare outputs weigh more in the loss of recipes by default, where the metric counts all alike."""
    decides_by_threshold = False
    """Whether each output is compared with a threshold of its own."""

    @abstractmethod
    def default_metric(self, labels: NDArray[Any]) -> MetricChoice:
        """Return the metric that suits these training labels."""

    @abstractmethod
    def unit(self, labels: NDArray[Any]) -> tuple[float, float]:
        """Return mean and deviation of the outputs in which a head is trained; (0, 1) for classes."""

    @abstractmethod
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
        """Return the linear head that fits the labels (N, ...) best on features (N, D), with this C.

        ``balanced`` says that the job's metric counts every class alike, ``rough`` that a head is wanted at once.
        """

    @abstractmethod
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
        """Return the C that does best on examples which the head was not fitted on.

        ``remaining`` are the seconds left. Where they do not last until every value has been tried, what was seen
        so far decides, or a sane value is returned. With ``groups`` (N,) these are examples of other groups.
        """

    @abstractmethod
    def objective(self, recipe: Recipe, labels: NDArray[Any], metric: str) -> Objective | None:
        """Return what training minimises; None leaves it to the strategy."""

    def weights(
        self, labels: NDArray[Any], outputs: int, *, balanced: bool, power: float = 1.0
    ) -> NDArray[np.float32]:
        """Return loss weights float32 (C,), one per output: ones, or where ``balanced`` larger for rare ones.

        ``power`` is the exponent of the counts to which they are inverse.
        """
        return np.ones(outputs, dtype=np.float32)

    @abstractmethod
    def constant(self, labels: NDArray[Any], outputs: int, metric: str) -> Constant:
        """Return the best constant answer for training labels."""

    @abstractmethod
    def decode(
        self, answers: NDArray[np.floating], names: Sequence[str], thresholds: Sequence[float]
    ) -> list[Any]:
        """Return what ``predict`` says for answers (N, C), or for logits where the largest is the answer."""

    @abstractmethod
    def right(self, labels: NDArray[Any], answers: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which of N answers count as right, for choosing examples to show."""

    @abstractmethod
    def surprise(self, labels: NDArray[Any], answers: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return how wrong each of N answers is: the larger, the more it is worth a look."""

    @abstractmethod
    def kinds(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """Return a number (N,) that is the same for labels of a kind, for choosing examples of every kind."""

    def blank(self, head: LinearHead, labels: NDArray[Any]) -> LinearHead:
        """Return a head drawn at random, with this task's link and in the unit of these labels."""
        return LinearHead(head.weight, head.bias, self.link, self.unit(labels)).restored()


def _load_builtin() -> None:
    for name in ("classification", "multilabel", "regression"):
        import_module(f"automl_tl.finetune.tasks.{name}")


learning_tasks: Registry[LearningTask] = Registry("learning_task", _load_builtin)


def task_of_labels(labels: NDArray[Any]) -> LearningTask:
    """Return the task whose labels have this form."""
    return learning_tasks.get(task_of(labels))
