"""Two tiny candidates and two tiny data sets, in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.errors import ModelUnavailable
from automl_tl.names import digest_json
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.truth.table import Measurement
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ImageInput, ModelCard


def card_of(name: str, **facts: object) -> ModelCard:
    """Return the card ``local:NAME`` of a tiny image model."""
    card = ModelCard("local", name, "image", "resnet18", "resnet", ImageInput(size=(16, 16)), 1000)
    return replace(card, **facts)  # type: ignore[arg-type]


class TinyZoo:
    """Loads random networks by card and remembers which; ``broken`` models cannot be loaded."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.broken: set[str] = set()

    def __call__(self, card: ModelCard) -> LoadedModel:
        self.loaded.append(card.id)
        if card.id in self.broken:
            raise ModelUnavailable(f"{card.id} has no\nweights")
        backbone = tiny_image_model(size=16, num_classes=4, seed=sum(map(ord, card.model)))
        backbone.card = card
        return LoadedModel(backbone, digest_json(card.model))


@pytest.fixture
def zoo() -> TinyZoo:
    """Return a loader of random networks."""
    return TinyZoo()


@pytest.fixture
def cards() -> list[ModelCard]:
    """Return two candidates."""
    return [card_of("a"), card_of("b")]


@pytest.fixture
def shapes(make_image_folder: Callable[..., Path]) -> Dataset:
    """Return 3 classes of 20 drawn shapes, 16 x 16."""
    return load_dataset(make_image_folder("shapes", per_class=20, size=16))


@pytest.fixture
def rounds(make_image_folder: Callable[..., Path]) -> Dataset:
    """Return 2 classes of 20 drawn shapes, 16 x 16."""
    return load_dataset(make_image_folder("rounds", per_class=20, size=16, classes=("circle", "square"), seed=5))


@pytest.fixture
def measured() -> Callable[..., Measurement]:
    """Make a measurement: ``measured("pets", "local:a", 0, 0.9)``."""

    def make(data: str, model: str, seed: int, value: float, **facts: object) -> Measurement:
        row = Measurement(data, model, seed, 30, 2, "accuracy", value, value / 2, value, 1.5)
        return replace(row, **facts)  # type: ignore[arg-type]

    return make
