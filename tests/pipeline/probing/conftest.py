"""A small image dataset and models that are made on the spot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import ImageInput, ModelCard


class TinySource:
    """Loads tiny networks by seed: ``local:3``; ``local:broken`` cannot be loaded; counts how often it loads."""

    def __init__(self) -> None:
        self.loads = 0

    def card(self, name: object) -> ModelCard:
        return ModelCard("local", str(name), "image", "resnet18", "resnet", ImageInput((32, 32)), 10_000)

    def __call__(self, card: ModelCard) -> LoadedModel:
        self.loads += 1
        if card.model == "broken":
            raise ModelUnavailable("its file is gone")
        if card.model == "odd":
            raise KeyError("secret path")
        backbone = tiny_image_model(seed=int(card.model))
        backbone.card = replace(backbone.card, model=card.model)
        return LoadedModel(backbone, f"{card.model:0>64}", resolved_revision="r1")


@pytest.fixture
def source() -> TinySource:
    """Return a source of tiny models."""
    return TinySource()


@pytest.fixture
def shapes(image_folder: Path, tmp_path: Path) -> Dataset:
    """Return 36 drawn shapes."""
    return load_dataset(open_path(image_folder, tmp_path))
