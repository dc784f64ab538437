"""What a pass takes is told by the card alone."""

from __future__ import annotations

import pytest

from automl_tl.pipeline.probing.work import operations_per_row
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput


def card(shape, parameters: int) -> ModelCard:
    """Return a card of a model that takes such inputs."""
    modality = "text" if isinstance(shape, TextInput) else "image"
    return ModelCard("local", "a", modality, "toy", "toy", shape, parameters=parameters)


def test_known_networks_are_told_within_a_third():
    """A small vision transformer has 22 million weights and takes 9.2 GFLOPs; BERT's blocks 85 and 22 at 128."""
    assert operations_per_row(card(ImageInput((224, 224)), 22_000_000)) == pytest.approx(9.2e9, rel=0.33)
    assert operations_per_row(card(TextInput(128), 85_000_000)) == pytest.approx(22e9, rel=0.33)


def test_more_weights_pixels_and_tokens_are_more_work_and_tiny_images_have_patches_too():
    """In proportion."""
    assert operations_per_row(card(ImageInput((448, 448)), 10)) == 4 * operations_per_row(
        card(ImageInput((224, 224)), 10)
    )
    assert (
        operations_per_row(card(ImageInput((8, 8)), 10)) == operations_per_row(card(ImageInput((32, 32)), 10)) > 0
    )
    assert operations_per_row(card(TextInput(64), 20)) == operations_per_row(card(TextInput(128), 10))


def test_a_card_that_counts_no_weights_is_taken_for_a_usual_network():
    """Nothing would make it free of charge."""
    assert operations_per_row(card(ImageInput(), 0)) == operations_per_row(card(ImageInput(), 25_000_000))
