"""First guesses are valid recipes for every kind of model."""

from __future__ import annotations

import pytest

from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.rates import gradient_defaults
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput


def card(family: str, parameters: int) -> ModelCard:
    text = family == "bert"
    shape = TextInput() if text else ImageInput()
    return ModelCard("local", "m", "text" if text else "image", family, family, shape, parameters=parameters)


@pytest.mark.parametrize("family", ["resnet", "vit", "bert", "never heard of"])
@pytest.mark.parametrize("parameters", [0, 300_000, 90_000_000])
@pytest.mark.parametrize("n_train", [5, 200, 50_000])
def test_the_guess_is_a_valid_recipe(family, parameters, n_train):
    Recipe.from_parameters("full_finetune", gradient_defaults(card(family, parameters), n_train))


def test_large_attention_models_move_more_slowly_than_tiny_convolutions():
    large = gradient_defaults(card("vit", 86_000_000), 200)["learning_rate"]
    tiny = gradient_defaults(card("resnet", 240_000), 200)["learning_rate"]
    assert large < tiny
