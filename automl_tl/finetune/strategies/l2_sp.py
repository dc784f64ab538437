"""L2-SP: full fine-tuning with a pull towards the pretrained weights instead of towards zero.

Li, Grandvalet & Davoine, Explicit Inductive Bias for Transfer Learning with Convolutional Networks, ICML 2018:
Omega(w) = alpha / 2 ||w_S - w_S^0||^2 + beta / 2 ||w_H||^2, where alpha is the recipe's ``anchor`` over
``learning_rate`` times ``updates``, so that one strength means the same for every rate and length, and beta is its
``weight_decay``; see :class:`automl_tl.finetune.optimiser.Anchors` for the step that is taken.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.strategies.base import ParameterGroup, Strategy, block_groups, head_group, strategies
from automl_tl.finetune.strategies.full import WHOLE_NETWORK_PARAMETERS
from automl_tl.finetune.strategies.rates import gradient_defaults
from automl_tl.zoo.card import ModelCard

__all__ = ["L2SP"]


class L2SP(Strategy):
    """Trains everything, the backbone on a spring."""

    name = "l2_sp"
    summary = "Train the whole network while a penalty pulls the backbone back to its pretrained weights."
    parameters = ("anchor", *WHOLE_NETWORK_PARAMETERS)

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return the groups of full fine-tuning, those of the backbone anchored."""
        alpha = recipe.anchor / (recipe.learning_rate * recipe.updates)
        anchored = (dataclasses.replace(group, anchor=alpha) for group in block_groups(classifier, recipe))
        return (*anchored, head_group(classifier, recipe))

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return the rates of full fine-tuning and a pull that takes back about a third of the first steps."""
        return {**gradient_defaults(card, n_train), "anchor": 1.0}


strategies.register(L2SP.name, L2SP())
