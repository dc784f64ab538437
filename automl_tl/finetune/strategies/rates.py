"""First guesses of the hyperparameters of gradient strategies, by model family and size."""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.recipe import Scalar
from automl_tl.zoo.card import ModelCard

__all__ = ["gradient_defaults"]


def gradient_defaults(card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
    """Return hyperparameters that are a sane first try for ``card`` on ``n_train`` examples."""
    return {"learning_rate": 1e-3}
