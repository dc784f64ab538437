"""L2-SP keeps the contract and anchors the backbone, not the head."""

from __future__ import annotations

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.l2_sp import L2SP
from automl_tl.testing.strategy import StrategyContract, tiny_image_backbone


class TestL2SP(StrategyContract):
    name = "l2_sp"


def test_the_backbone_is_anchored_and_the_head_is_not():
    backbone = tiny_image_backbone()
    classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=0))
    recipe = Recipe("l2_sp", anchor=2.0, learning_rate=0.01, updates=50)
    *blocks, head = L2SP().parameter_groups(classifier, recipe)
    assert {group.anchor for group in blocks} == {4.0}
    assert head.anchor == 0.0
