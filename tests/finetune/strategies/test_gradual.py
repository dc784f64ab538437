"""Gradual unfreezing keeps the contract and thaws from the head towards the input."""

from __future__ import annotations

import pytest

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.gradual import GradualUnfreezing
from automl_tl.testing.strategy import StrategyContract, tiny_image_backbone


class TestGradualUnfreezing(StrategyContract):
    name = "gradual_unfreezing"


def test_the_last_block_and_the_head_start_at_once_and_the_others_at_even_steps():
    backbone = tiny_image_backbone()
    classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=0))
    *blocks, head = GradualUnfreezing().parameter_groups(classifier, Recipe("gradual_unfreezing", unfreezing=0.6))
    step = 0.6 / len(blocks)
    assert [group.start for group in reversed(blocks)] == pytest.approx([step * i for i in range(len(blocks))])
    assert head.start == 0.0
