"""Linear probing, then full fine-tuning (LP-FT): everything trains, from a head that already works.

Kumar et al., Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution, ICLR 2022: a random
head sends large gradients into the backbone and spoils features before it has learnt anything. Here no strategy
starts from a random head: run_trial gives each of them the head that the linear probe has solved, so a second
strategy that probes first would be this one. Layer-wise rate decay: Howard & Ruder, ULMFiT, ACL 2018, section 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.strategies.base import ParameterGroup, Strategy, block_groups, head_group, strategies
from automl_tl.finetune.strategies.rates import gradient_defaults
from automl_tl.zoo.card import ModelCard

__all__ = ["FullFinetune"]


class FullFinetune(Strategy):
    """Trains every block and the head, from the linear probe's solution."""

    name = "full_finetune"
    summary = "Train the whole network from the linear probe's head, slower towards the input."
    parameters = (
        "learning_rate",
        "head_multiplier",
        "layer_decay",
        "weight_decay",
        "batch_size",
        "updates",
        "warmup",
        "label_smoothing",
        "augment",
    )

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return one group per block, with its decayed rate, and the head."""
        return (*block_groups(classifier, recipe), head_group(classifier, recipe))

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return rates that fit the model's size and family."""
        return gradient_defaults(card, n_train)


strategies.register(FullFinetune.name, FullFinetune())
