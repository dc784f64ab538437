"""The head is solved on the embeddings of the moment."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import torch

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.fine_tuning import training_data
from automl_tl.finetune.head_refit import refit_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.workload import WholeParts


def test_on_the_pretrained_backbone_it_is_the_linear_probe(workload, tiny_model, model_id):
    device = torch.device("cpu")
    backbone = copy.deepcopy(tiny_model.backbone)
    classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=1))
    refit_head(
        classifier, training_data(classifier, workload, device), Recipe("contrastive"), seed=0, device=device
    )
    probe = workload.heads[model_id]
    np.testing.assert_allclose(classifier.linear_head().weight, probe.weight, rtol=0.02, atol=1e-3)


def test_it_honours_the_recipe_s_penalty(workload, tiny_model, model_id):
    device = torch.device("cpu")
    classifier = Classifier(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
    strong = Recipe("contrastive", inverse_regularisation=1e-5)
    refit_head(classifier, training_data(classifier, workload, device), strong, seed=0, device=device)
    assert np.abs(classifier.linear_head().weight).sum() < 0.1 * np.abs(workload.heads[model_id].weight).sum()


def test_of_streamed_data_it_is_solved_on_the_sample(workload, tiny_model, model_id):
    """What is streamed has no embeddings in memory; the head is that of the sample."""
    device = torch.device("cpu")
    whole = dataclasses.replace(
        workload, whole=WholeParts(workload.train.joined(workload.validation), workload.train)
    )
    heads = []
    for each in (workload, whole):
        classifier = Classifier(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
        refit_head(
            classifier, training_data(classifier, each, device), Recipe("contrastive"), seed=0, device=device
        )
        heads.append(classifier.linear_head().weight)
    np.testing.assert_array_equal(*heads)
    assert len(training_data(classifier, whole, device).labels) == len(workload.train) + len(workload.validation)


def test_its_penalty_is_chosen_on_other_groups(workload, in_groups, tiny_model, model_id):
    """Where all rows are of one group nothing can be held out, and the sane penalty is taken."""
    device, told = torch.device("cpu"), []
    for each, own in ((in_groups(workload, 60), 0.0), (workload, 0.1)):
        classifier = Classifier(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
        recipe = Recipe("contrastive", inverse_regularisation=own)
        refit_head(classifier, training_data(classifier, each, device), recipe, seed=0, device=device)
        told.append(classifier.linear_head().weight)
    np.testing.assert_array_equal(*told)
