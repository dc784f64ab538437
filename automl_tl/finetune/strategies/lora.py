"""LoRA: every weight stays frozen and a low-rank update beside each linear layer and convolution is trained.

Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, ICLR 2022. On all layers, not on attention alone,
and with about ten times the rate of full fine-tuning: Schulman et al., LoRA Without Regret, 2025.
"""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.adapters import adapters, add_adapters, without_adapters
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.strategies.base import ParameterGroup, Strategy, head_group, strategies
from automl_tl.finetune.strategies.rates import FEW_WEIGHTS_PARAMETERS, few_weights_defaults
from automl_tl.zoo.card import ModelCard

__all__ = ["LoRA"]

_HIGHEST_RATE = 5e-3


class LoRA(Strategy):
    """Trains adapters and the head; what is saved is a plain network with the adapters merged into its weights."""

    name = "lora"
    summary = "Keep every pretrained weight and train low-rank updates of the layers, merged into them at the end."
    parameters = ("rank", *FEW_WEIGHTS_PARAMETERS)

    def prepare(self, classifier: Classifier, recipe: Recipe, *, seed: int) -> None:
        """Add the adapters, once."""
        if not adapters(classifier.backbone):
            add_adapters(classifier.backbone, recipe.rank, seed=seed)

    def plain(self, classifier: Classifier) -> Classifier:
        """Return a copy with the adapters merged, or the classifier itself before :meth:`prepare`."""
        merged = without_adapters(classifier)
        assert isinstance(merged, Classifier)
        return merged

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return the adapters of a prepared classifier and the head."""
        factors = tuple(factor for adapter in adapters(classifier.backbone) for factor in adapter.factors())
        return (ParameterGroup("adapters", factors, 1.0), head_group(classifier, recipe))

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return the first guess of full fine-tuning with a higher rate; the head already works."""
        guess = few_weights_defaults(card, n_train, highest_rate=_HIGHEST_RATE)
        return {**guess, "rank": 8, "weight_decay": 0.0}


strategies.register(LoRA.name, LoRA())
