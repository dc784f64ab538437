"""First guesses are valid recipes for every kind of model."""

from __future__ import annotations

import pytest

from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.rates import few_weights_defaults, gradient_defaults
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


def test_few_weights_move_faster_but_not_without_bound():
    large, tiny = card("vit", 86_000_000), card("resnet", 240_000)
    usual = gradient_defaults(large, 200)["learning_rate"]
    assert few_weights_defaults(large, 200, highest_rate=1e-2)["learning_rate"] == pytest.approx(5 * usual)
    assert few_weights_defaults(tiny, 200, highest_rate=5e-3)["learning_rate"] == 5e-3
