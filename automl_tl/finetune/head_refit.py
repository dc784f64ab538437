"""Fit the head anew on the embeddings of a backbone that was trained without it."""

from __future__ import annotations

import numpy as np
import torch

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.head import choose_regularisation, fit_linear_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.training_data import TrainingData
from automl_tl.finetune.validate import embed_prepared

__all__ = ["refit_head"]


def refit_head(
    classifier: Classifier, data: TrainingData, recipe: Recipe, *, seed: int, device: torch.device
) -> None:
    """Solve the logistic regression on the present embeddings of the training part and put it in place.

    Of a data set that is streamed, it is the embeddings of the sample.

    C is the recipe's, or chosen by cross-validation on these embeddings where that is 0. The backbone has seen the
    examples, so they look easier than they are and cross-validation is no estimate; it only chooses.
    """
    data = data.sample or data
    features = embed_prepared(classifier, data.inputs, device)
    n_classes = len(data.class_weights)
    balanced = bool(np.any(data.class_weights != 1))
    chosen = recipe.inverse_regularisation or choose_regularisation(
        features, data.labels, n_classes, seed=seed, balanced=balanced, groups=data.groups
    )
    classifier.take_head(
        fit_linear_head(
            features, data.labels, n_classes, inverse_regularisation=chosen, seed=seed, balanced=balanced
        )
    )
