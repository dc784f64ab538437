"""What a card says about itself."""

import dataclasses

import pytest

from automl_tl.zoo.card import ImageInput, ModelCard


def test_the_id_joins_source_and_model():
    """A hub name may hold a slash."""
    assert ModelCard("hf", "a/b", "text", "bert", "bert", ImageInput()).id == "hf:a/b"


def test_cards_cannot_be_changed():
    """They flow between rooms."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        ImageInput().size = (1, 1)
