"""Learning several labels per example: logistic regressions, binary cross-entropy, a sigmoid for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.clock import no_limit
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.tasks.base import Constant, LearningTask, MetricChoice, learning_tasks
from automl_tl.finetune.workload import LinearHead

if TYPE_CHECKING:
    from automl_tl.finetune.objective import Objective

__all__ = ["MultiLabel"]

_DECIDED = 0.5


class MultiLabel(LearningTask):
    """Answers are probabilities (N, L), each label by itself."""

    name = "multilabel"
    link = "sigmoid"
    classical = "logistic regression per label"
    # A row has several labels: drawn more often for a rare one, it shows its frequent ones more often, too.
    unused_parameters = ("sampling",)
    # Labels do not compete for one answer, and each has a threshold of its own. Of drawn letters (280 rows, ten
    # labels on 50 % to 4 % of them, three seeds) mean average precision is 0.301 without weights, 0.299 with those
    # by the root and 0.296 with inverse ones, log loss 0.401, 0.407 and 0.428; macro F1 0.341, 0.356 and 0.340.
    weighs_for_metric = False
    decides_by_threshold = True

    def default_metric(self, labels: NDArray[Any]) -> MetricChoice:
        """Return mean average precision."""
        mean = float((labels == 1).sum(axis=1).mean())
        return MetricChoice(
            "mean_average_precision",
            f"because a row has {mean:.1f} of {labels.shape[1]} labels on average: it counts rare and frequent "
            "labels alike and does not depend on thresholds, which are tuned at the end",
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
        """Return one logistic regression per label."""
        from automl_tl.finetune.label_head import fit_label_head

        return fit_label_head(
            features, labels, inverse_regularisation=inverse_regularisation, seed=seed, rough=rough
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
        """Return the C with the lowest cross-validated log loss."""
        from automl_tl.finetune.label_head import choose_label_regularisation

        return choose_label_regularisation(features, labels, seed=seed, remaining=remaining, groups=groups)

    def objective(self, recipe: Recipe, labels: NDArray[Any], metric: str) -> Objective | None:
        """Return binary cross-entropy as the recipe asks for it."""
        from automl_tl.finetune.label_loss import BinaryCrossEntropy

        return BinaryCrossEntropy(recipe.label_smoothing, recipe.focal)

    def weights(
        self, labels: NDArray[Any], outputs: int, *, balanced: bool, power: float = 1.0
    ) -> NDArray[np.float32]:
        """Return ones, or weights of the rows with each label, inverse to their number."""
        from automl_tl.finetune.training_data import label_weights

        return label_weights(labels, outputs, balanced=balanced, power=power)

    def constant(self, labels: NDArray[Any], outputs: int, metric: str) -> Constant:
        """Return how frequent each label is."""
        shares = (labels == 1).mean(axis=0)
        return Constant("label frequencies", "always how frequent each label is", shares.astype(np.float32))

    def decode(
        self, answers: NDArray[np.floating], names: Sequence[str], thresholds: Sequence[float]
    ) -> list[Any]:
        """Return the names of the labels at or above their thresholds, the most probable first."""
        limits = np.array(thresholds or [_DECIDED] * len(names))
        order = np.argsort(-answers, axis=1, kind="stable")
        return [
            [names[index] for index in ranked if row[index] >= limits[index]]
            for row, ranked in zip(answers, order, strict=True)
        ]

    def right(self, labels: NDArray[Any], answers: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return where all labels are right at a threshold of one half."""
        return np.asarray(((answers >= _DECIDED) == (labels == 1)).all(axis=1))

    def surprise(self, labels: NDArray[Any], answers: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the largest distance of a probability from what is true."""
        return np.asarray(np.abs(answers - (labels == 1)).max(axis=1), dtype=np.float64)

    def kinds(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """Return each row's rarest label."""
        from automl_tl.data.tasks.base import target_tasks

        return target_tasks.get(self.name).strata(labels, [""] * labels.shape[1]).codes


learning_tasks.register(MultiLabel.name, MultiLabel())
