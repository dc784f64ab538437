"""Full fine-tuning keeps the contract and gives blocks nearer the input smaller rates."""

from __future__ import annotations

import pytest

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.full import FullFinetune
from automl_tl.testing.strategy import StrategyContract, tiny_image_backbone


class TestFullFinetune(StrategyContract):
    name = "full_finetune"


def test_every_parameter_trains_and_the_rate_falls_towards_the_input():
    backbone = tiny_image_backbone()
    classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=0))
    recipe = Recipe("full_finetune", layer_decay=0.5, head_multiplier=4.0)
    *blocks, head = FullFinetune().parameter_groups(classifier, recipe)
    trained = sum(len(group.parameters) for group in (*blocks, head))
    assert trained == len(list(classifier.parameters()))
    assert [group.multiple for group in blocks] == [0.5 ** (len(blocks) - 1 - i) for i in range(len(blocks))]
    assert head.multiple == pytest.approx(4.0)
