"""Recipes refuse values outside their rules."""

from __future__ import annotations

import pytest

from automl_tl.errors import SearchSpaceError
from automl_tl.finetune.recipe import Recipe


def test_parameters_and_recipe_are_each_others_inverse():
    recipe = Recipe("full_finetune", learning_rate=2e-4, augment="flip")
    assert Recipe.from_parameters("full_finetune", recipe.parameters()) == recipe


def test_an_unknown_parameter_is_refused_with_the_known_ones():
    with pytest.raises(SearchSpaceError, match=r"has no parameter 'learnin_rate'; known: .*learning_rate"):
        Recipe.from_parameters("full_finetune", {"learnin_rate": 1.0})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("head_multiplier", -1.0),
        ("layer_decay", 1.1),
        ("frozen_fraction", 1.0),
        ("weight_decay", -0.1),
        ("batch_size", 1),
        ("updates", 0),
        ("warmup", 0.6),
        ("label_smoothing", 0.5),
        ("augment", "strong"),
        ("inverse_regularisation", -1.0),
        ("optimiser", "adam"),
        ("head_start", "zero"),
        ("feature_layers", "first"),
        ("magnitude", 21.0),
        ("mixup", -0.1),
        ("cutmix", 5.0),
        ("erasing", 1.1),
        ("token_masking", 0.6),
        ("dropout", 1.0),
        ("class_weights", "auto"),
        ("focal", float("nan")),
        ("sampling", "rare"),
        ("ema_decay", 1.0),
        ("patience", 0.5),
        ("batch_norm", "eval"),
    ],
)
def test_a_value_outside_its_rule_is_refused_by_name(name, value):
    with pytest.raises(SearchSpaceError, match=f"{name} must be .* but got {value!r}") as caught:
        Recipe("full_finetune", **{name: value})
    assert caught.value.field == name
