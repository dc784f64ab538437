"""Partial unfreezing: the blocks next to the input stay frozen, the rest trains.

Yosinski et al., How transferable are features in deep neural networks?, NeurIPS 2014: early layers are general.
"""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.strategies.base import ParameterGroup, Strategy, block_groups, head_group, strategies
from automl_tl.finetune.strategies.full import WHOLE_NETWORK_PARAMETERS
from automl_tl.finetune.strategies.rates import gradient_defaults
from automl_tl.zoo.card import ModelCard

__all__ = ["PartialUnfreezing", "frozen_blocks"]


class PartialUnfreezing(Strategy):
    """Trains the blocks next to the embedding and the head; the others keep every bit, batch norms included."""

    name = "partial_unfreezing"
    summary = "Keep the blocks next to the input frozen and train the rest from the linear probe's head."
    parameters = ("frozen_fraction", *WHOLE_NETWORK_PARAMETERS)

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return one group per unfrozen block and the head."""
        first = frozen_blocks(len(classifier.backbone.blocks()), recipe.frozen_fraction)
        return (*block_groups(classifier, recipe, first=first), head_group(classifier, recipe))

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return the rates of full fine-tuning with the first half of the blocks frozen."""
        return {**gradient_defaults(card, n_train), "frozen_fraction": 0.5}


def frozen_blocks(n_blocks: int, fraction: float) -> int:
    """Return how many of ``n_blocks`` stay frozen: the share rounded, one always left to train."""
    return min(round(fraction * n_blocks), n_blocks - 1)


strategies.register(PartialUnfreezing.name, PartialUnfreezing())
