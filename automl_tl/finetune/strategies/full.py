"""Full fine-tuning with layer-wise rate decay: everything trains, the slower the nearer it is to the input.

Howard & Ruder, Universal Language Model Fine-tuning for Text Classification (ULMFiT), ACL 2018, section 3.2. The
recipe's ``head_start`` says from which head: the linear probe's, which makes it linear probing, then fine-tuning
(Kumar et al., ICLR 2022), or a random one, as fine-tuning was before.
"""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.strategies.base import ParameterGroup, Strategy, block_groups, head_group, strategies
from automl_tl.finetune.strategies.rates import REGULARISERS, gradient_defaults
from automl_tl.zoo.card import ModelCard

__all__ = ["WHOLE_NETWORK_PARAMETERS", "FullFinetune"]

WHOLE_NETWORK_PARAMETERS = (
    "learning_rate",
    "head_multiplier",
    "layer_decay",
    "weight_decay",
    "batch_size",
    "updates",
    "warmup",
    *REGULARISERS,
)
"""Hyperparameters of strategies that may train every weight."""


class FullFinetune(Strategy):
    """Trains every block and the head."""

    name = "full_finetune"
    summary = "Train the whole network from the linear probe's head, slower towards the input."
    parameters = ("head_start", *WHOLE_NETWORK_PARAMETERS)

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return one group per block, with its decayed rate, and the head."""
        return (*block_groups(classifier, recipe), head_group(classifier, recipe))

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return rates that fit the model's size and family."""
        return gradient_defaults(card, n_train)


strategies.register(FullFinetune.name, FullFinetune())
