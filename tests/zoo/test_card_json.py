"""Cards survive the way through JSON."""

import json
from dataclasses import replace

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.card_json import card_from_json, card_to_json

IMAGE = ModelCard(
    "timm",
    "resnet18.a1_in1k",
    "image",
    "resnet18",
    "resnet",
    ImageInput((64, 32)),
    5,
    prior={"imagenet1k_top1": 70.0},
)
TEXT = ModelCard("hf", "a/b", "text", "bert", "bert", TextInput(64, "cls", True), licence="MIT", revision="abc")


@pytest.mark.parametrize("card", [IMAGE, TEXT], ids=["image", "text"])
def test_comes_back_as_it_went(card):
    """Tuples included."""
    assert card_from_json(json.loads(json.dumps(card_to_json(card)))) == card


@pytest.mark.parametrize("card", [IMAGE, TEXT], ids=["image", "text"])
def test_cards_of_before_there_was_a_choice_of_layers_keep_their_bytes(card):
    """The usual choice is not written; without it the usual one is read; any other comes back."""
    values = card_to_json(card)
    assert "layers" not in values["input"]
    assert card_from_json(values).input.layers == "last"
    mean = replace(card, input=replace(card.input, layers="mean"))
    assert card_to_json(mean)["input"]["layers"] == "mean"
    assert card_from_json(json.loads(json.dumps(card_to_json(mean)))) == mean


def test_a_path_of_this_machine_stays_here():
    """The location is left out."""
    values = card_to_json(replace(IMAGE, location="/secret/place"))
    assert "secret" not in json.dumps(values)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda values: values.update(colour="red"), "colour"),
        (lambda values: values.pop("family"), "family"),
        (lambda values: values["input"].update(length=3), "length"),
        (lambda values: values.update(input=[1]), "model card input"),
    ],
)
def test_a_field_that_does_not_fit_is_named(change, field):
    """Unknown, missing and misplaced."""
    values = card_to_json(IMAGE)
    change(values)
    with pytest.raises(InvalidInput) as caught:
        card_from_json(values)
    assert caught.value.field == field
