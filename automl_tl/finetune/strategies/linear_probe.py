"""Linear probe: the backbone stays as it is and only a logistic regression on its embeddings is fitted.

What an embedding is made of is the recipe's ``feature_layers``: the model's own layers, the last one, the mean of
the last four, or the best features of all layers (Head2Toe, Evci et al., ICML 2022).
"""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.strategies.base import ParameterGroup, Strategy, head_group, strategies
from automl_tl.zoo.card import ModelCard

__all__ = ["LinearProbe"]


class LinearProbe(Strategy):
    """Solves the head by L-BFGS on cached embeddings, or on fresh ones of other layers; no gradient is taken."""

    name = "linear_probe"
    summary = "Keep the backbone and fit a logistic regression on its embeddings."
    parameters = ("inverse_regularisation", "feature_layers")
    trains_by_gradient = False

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return the head alone."""
        return (head_group(classifier, recipe),)

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return nothing: cross-validation chooses C."""
        return {}


strategies.register(LinearProbe.name, LinearProbe())
