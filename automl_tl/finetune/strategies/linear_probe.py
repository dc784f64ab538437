"""Linear probe: the backbone stays as it is and only a logistic regression on its embeddings is fitted."""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.strategies.base import ParameterGroup, Strategy, head_group, strategies
from automl_tl.zoo.card import ModelCard

__all__ = ["LinearProbe"]


class LinearProbe(Strategy):
    """Solves the head by L-BFGS on cached embeddings; no forward pass, no gradient through the backbone."""

    name = "linear_probe"
    summary = "Keep the backbone and fit a logistic regression on its embeddings."
    parameters = ("inverse_regularisation",)
    trains_by_gradient = False

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return the head alone."""
        return (head_group(classifier, recipe),)

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return nothing: cross-validation chooses C."""
        return {}


strategies.register(LinearProbe.name, LinearProbe())
