"""Few-shot contrastive fine-tuning: pairs pull alike texts together, then a logistic regression reads the classes.

Tunstall et al., Efficient Few-Shot Learning Without Prompts (SetFit), 2022. A sentence encoder with a handful of
examples per class yields many pairs, and what they teach is the geometry that the head needs.
"""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.contrast import ContrastivePairs
from automl_tl.finetune.objective import Objective
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.strategies.base import ParameterGroup, Strategy, block_groups, head_group, strategies
from automl_tl.finetune.strategies.rates import gradient_defaults
from automl_tl.zoo.card import ModelCard

__all__ = ["Contrastive"]

_FEW_EXAMPLES, _FEW_UPDATES = 500, 30


class Contrastive(Strategy):
    """Trains every block on pairs of examples; the head is solved on the embeddings at every look."""

    name = "contrastive"
    summary = "Train the encoder to tell pairs of one class from pairs of two, then fit a logistic regression."
    tasks = ("classification",)
    refits_head = True
    parameters = (
        "learning_rate",
        "layer_decay",
        "weight_decay",
        "batch_size",
        "updates",
        "warmup",
        "augment",
        "inverse_regularisation",
    )

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return the blocks, and the head, whose weights the loss does not reach: they are solved."""
        return (*block_groups(classifier, recipe), head_group(classifier, recipe))

    def objective(self, recipe: Recipe) -> Objective:
        """Return the squared error of cosine similarities over pairs."""
        return ContrastivePairs.of(recipe)

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return the rates of full fine-tuning with fewer updates: every batch has many pairs."""
        guess = gradient_defaults(card, n_train)
        updates = _FEW_UPDATES if n_train < _FEW_EXAMPLES else int(guess["updates"]) // 2
        return {**guess, "batch_size": 32, "updates": updates}


strategies.register(Contrastive.name, Contrastive())
