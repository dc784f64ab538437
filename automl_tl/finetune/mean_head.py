"""A head for the mean of backbones whose own heads were solved: each of those fits one backbone only."""

from __future__ import annotations

import dataclasses

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.device import borrowed_torch, choose_device
from automl_tl.finetune.fine_tuning import training_data
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.head_refit import refit_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.workload import Workload

__all__ = ["with_solved_head"]


def with_solved_head(model: FittedModel, workload: Workload, recipe: Recipe, *, seed: int) -> FittedModel:
    """Return the model with a head for its backbone as it is now, solved on ``workload.train``.

    It takes a forward pass of these rows, or of the sample of a data set that is streamed.
    """
    device = choose_device(workload.device)
    with borrowed_torch(threads=workload.threads, seed=seed):
        classifier = Classifier(model.backbone, model.head).to(device)
        refit_head(classifier, training_data(classifier, workload, device), recipe, seed=seed, device=device)
        classifier.cpu().eval()
    return dataclasses.replace(model, head=classifier.linear_head())
