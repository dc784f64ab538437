"""The shipped contract catches strategies that break it."""

from __future__ import annotations

import pytest
import torch

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import ParameterGroup
from automl_tl.finetune.strategies.full import FullFinetune
from automl_tl.testing.strategy import StrategyContract, tiny_image_backbone


class TwoRates(FullFinetune):
    """Breaks the contract: the head stands in two groups."""

    def parameter_groups(self, classifier, recipe):
        groups = super().parameter_groups(classifier, recipe)
        return (*groups, ParameterGroup("again", groups[-1].parameters, 1.0))


class Meddler(FullFinetune):
    """Breaks the contract: changes a weight that it says it does not train."""

    def parameter_groups(self, classifier, recipe):
        *_, head = super().parameter_groups(classifier, recipe)
        with torch.no_grad():
            next(classifier.backbone.parameters()).add_(1.0)
        return (head,)


@pytest.fixture
def classifier() -> Classifier:
    backbone = tiny_image_backbone()
    return Classifier(backbone, random_head(3, backbone.embedding_size, seed=0))


def test_a_parameter_with_two_rates_is_caught(classifier):
    contract = StrategyContract()
    with pytest.raises(AssertionError):
        contract.test_its_groups_are_disjoint_parts_of_the_classifier(
            TwoRates(), classifier, Recipe("full_finetune")
        )


def test_a_strategy_that_changes_a_frozen_weight_is_caught(classifier):
    contract = StrategyContract()
    recipe = Recipe("full_finetune", updates=2, batch_size=4)
    with pytest.raises(AssertionError):
        contract.test_what_it_does_not_train_stays_bit_identical(Meddler(), classifier, recipe)
