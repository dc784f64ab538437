"""From scratch keeps the contract and keeps nothing of the pretrained weights."""

from __future__ import annotations

import copy

import numpy as np
import torch

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.fine_tuning import freezes_statistics
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.from_scratch import FromScratch
from automl_tl.testing.strategy import StrategyContract, tiny_image_backbone


class TestFromScratch(StrategyContract):
    name = "from_scratch"


def test_two_networks_that_differ_become_the_same():
    made = []
    for seed in (1, 2):
        backbone = tiny_image_backbone(seed=seed)
        classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=seed))
        FromScratch().prepare(classifier, Recipe("from_scratch"), seed=5)
        made.append(copy.deepcopy(classifier.state_dict()))
    assert all(torch.equal(value, made[1][name]) for name, value in made[0].items())


def test_batch_norms_learn_their_statistics_however_few_the_examples():
    assert freezes_statistics(Recipe("full_finetune"), 30)
    assert not freezes_statistics(Recipe("from_scratch"), 30)


def test_the_rate_is_the_same_in_every_block_and_high():
    guess = FromScratch().defaults(tiny_image_backbone().card, 100)
    assert guess["layer_decay"] == 1.0
    assert np.isclose(float(guess["learning_rate"]), 2e-3)
