"""LoRA keeps the contract, trains adapters of every linear layer, and saves what is not adapted bit by bit."""

from __future__ import annotations

import copy

import pytest
import torch

from automl_tl.finetune.adapters import adapters
from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.lora import LoRA
from automl_tl.testing.strategy import StrategyContract, tiny_image_backbone
from automl_tl.testing.tiny_models import tiny_text_model


class TestLoRA(StrategyContract):
    name = "lora"


@pytest.mark.parametrize("make", [tiny_image_backbone, tiny_text_model])
def test_every_matrix_and_ungrouped_kernel_has_an_adapter_and_only_these_train(make):
    backbone = make()
    layers = [module for module in backbone.modules() if isinstance(module, torch.nn.Linear | torch.nn.Conv2d)]
    classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=0))
    LoRA().prepare(classifier, Recipe("lora"), seed=0)
    LoRA().prepare(classifier, Recipe("lora"), seed=0)
    found = adapters(classifier.backbone)
    assert [adapter.layer for adapter in found] == layers
    trained, _ = LoRA().parameter_groups(classifier, Recipe("lora"))
    assert len(trained.parameters) == 2 * len(layers)


def test_what_is_saved_differs_from_the_pretrained_weights_in_adapted_layers_only():
    classifier = Classifier(tiny_text_model(), random_head(3, 16, seed=0))
    before = copy.deepcopy(classifier.state_dict())
    LoRA().prepare(classifier, Recipe("lora"), seed=0)
    with torch.no_grad():
        for adapter in adapters(classifier):
            adapter.up.weight.normal_()
    after = LoRA().plain(classifier).state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(name.endswith("weight") and before[name].ndim == 2 for name in changed)
    assert not any("embedding" in name or "Norm" in name or name.startswith("head") for name in changed)
