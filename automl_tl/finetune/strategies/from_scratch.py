"""The same network from random weights: what transfer has to beat.

A transfer that loses to it is a negative transfer (Wang et al., CVPR 2019). As a strategy it can be searched
like any other: the curve starts with the pretrained network's linear probe, which it has to beat.
"""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.strategies.base import ParameterGroup, Strategy, block_groups, head_group, strategies
from automl_tl.finetune.strategies.rates import REGULARISERS, SCRATCH_RATE, gradient_defaults
from automl_tl.zoo.card import ModelCard

__all__ = ["FromScratch"]


class FromScratch(Strategy):
    """Replaces every pretrained weight and the head by random ones and trains all of them."""

    name = "from_scratch"
    summary = "Forget the pretrained weights and train the same network from random ones, as a baseline."
    pretrained = False
    parameters = (
        "learning_rate",
        "head_multiplier",
        "layer_decay",
        "weight_decay",
        "batch_size",
        "updates",
        "warmup",
        *REGULARISERS,
    )

    def prepare(self, classifier: Classifier, recipe: Recipe, *, seed: int) -> None:
        """Draw every weight anew."""
        classifier.backbone.reinitialise(seed)
        classifier.forget_head(seed=seed)

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return every block and the head."""
        return (*block_groups(classifier, recipe), head_group(classifier, recipe))

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return one high rate for all blocks, as suits random weights."""
        guess = gradient_defaults(card, n_train)
        return {**guess, "learning_rate": SCRATCH_RATE, "head_multiplier": 1.0, "layer_decay": 1.0}


strategies.register(FromScratch.name, FromScratch())
