"""Gradual unfreezing: the block next to the head trains first, then one more after another towards the input.

Howard & Ruder, Universal Language Model Fine-tuning for Text Classification (ULMFiT), ACL 2018, section 3.3. They
thaw a layer per epoch; here the schedule is a share of the run, so that it fits any number of updates.
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

__all__ = ["GradualUnfreezing"]


class GradualUnfreezing(Strategy):
    """Trains every block, the later the nearer it is to the input; until then it keeps every bit."""

    name = "gradual_unfreezing"
    summary = "Train the block next to the head first and thaw one more after another towards the input."
    parameters = ("unfreezing", *WHOLE_NETWORK_PARAMETERS)

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return the head and one group per block, thawed at even steps over ``unfreezing`` of the run."""
        groups = block_groups(classifier, recipe)
        step = recipe.unfreezing / max(1, len(groups))
        thawed = (
            dataclasses.replace(group, start=step * (len(groups) - 1 - index))
            for index, group in enumerate(groups)
        )
        return (*thawed, head_group(classifier, recipe))

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return the rates of full fine-tuning, everything thawed by the middle of the run."""
        return {**gradient_defaults(card, n_train), "unfreezing": 0.5}


strategies.register(GradualUnfreezing.name, GradualUnfreezing())
