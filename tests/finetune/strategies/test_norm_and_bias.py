"""Norm and bias tuning keeps the contract and trains vectors only."""

from __future__ import annotations

import pytest

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.norm_and_bias import NormAndBias
from automl_tl.testing.strategy import StrategyContract, tiny_image_backbone
from automl_tl.testing.tiny_models import tiny_text_model


class TestNormAndBias(StrategyContract):
    name = "norm_and_bias"


@pytest.mark.parametrize("make", [tiny_image_backbone, tiny_text_model])
def test_all_vectors_of_the_backbone_train_and_nothing_else_of_it(make):
    backbone = make()
    classifier = Classifier(backbone, random_head(3, backbone.embedding_size, seed=0))
    vectors, _ = NormAndBias().parameter_groups(classifier, Recipe("norm_and_bias"))
    trained = {id(parameter) for parameter in vectors.parameters}
    assert trained
    for name, parameter in backbone.named_parameters():
        assert (id(parameter) in trained) == (name.endswith("bias") or parameter.ndim == 1), name
