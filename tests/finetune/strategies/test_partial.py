"""Partial unfreezing keeps the contract and freezes the blocks next to the input."""

from __future__ import annotations

import pytest

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.partial import PartialUnfreezing, frozen_blocks
from automl_tl.testing.strategy import StrategyContract, tiny_image_backbone


class TestPartialUnfreezing(StrategyContract):
    name = "partial_unfreezing"


@pytest.mark.parametrize(
    ("n_blocks", "fraction", "expected"), [(6, 0.5, 3), (6, 0.0, 0), (6, 0.99, 5), (1, 0.9, 0), (12, 0.7, 8)]
)
def test_the_number_of_frozen_blocks_leaves_one_to_train(n_blocks, fraction, expected):
    assert frozen_blocks(n_blocks, fraction) == expected


def test_the_frozen_blocks_are_those_next_to_the_input():
    backbone = tiny_image_backbone()
    classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=0))
    names = [block.name for block in backbone.blocks()]
    recipe = Recipe("partial_unfreezing", frozen_fraction=0.5)
    groups = PartialUnfreezing().parameter_groups(classifier, recipe)
    assert [group.name for group in groups] == [*names[frozen_blocks(len(names), 0.5) :], "head"]
