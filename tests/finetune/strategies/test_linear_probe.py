"""Linear probing keeps the contract and leaves the backbone alone."""

from __future__ import annotations

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.linear_probe import LinearProbe
from automl_tl.testing.strategy import StrategyContract, tiny_image_backbone


class TestLinearProbe(StrategyContract):
    name = "linear_probe"


def test_only_the_head_trains_and_not_by_gradient():
    backbone = tiny_image_backbone()
    classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=0))
    (group,) = LinearProbe().parameter_groups(classifier, Recipe("linear_probe"))
    assert {id(p) for p in group.parameters} == {id(p) for p in classifier.head.parameters()}
    assert not LinearProbe().trains_by_gradient
