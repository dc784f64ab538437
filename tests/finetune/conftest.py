"""A workload of drawn shapes on a tiny random network, small enough to train in a second."""

from __future__ import annotations

import dataclasses
import importlib
import math

import numpy as np
import pytest

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.workload import LabelledInputs, Workload
from automl_tl.testing.strategy import tiny_image_backbone
from automl_tl.zoo.backbone import LoadedModel

CLASSES = ("dark", "light", "striped")


def draw(label: int, rng: np.random.Generator, size: int = 16) -> np.ndarray:
    """Return a noisy dark, light or striped image, uint8 (size, size, 3)."""
    image = np.full((size, size, 3), (60.0, 150.0, 105.0)[label])
    if label == 2:
        image[::4] += 60
    return np.clip(image + rng.normal(0, 55, image.shape), 0, 255).astype(np.uint8)


def labelled(n: int, seed: int) -> LabelledInputs:
    rng = np.random.default_rng(seed)
    labels = np.arange(n, dtype=np.int64) % len(CLASSES)
    return LabelledInputs(tuple(draw(int(label), rng) for label in labels), labels)


@pytest.fixture(scope="session")
def tiny_model() -> LoadedModel:
    """Return a tiny image model with random weights."""
    return LoadedModel(tiny_image_backbone(), weights_digest="0" * 64)


@pytest.fixture
def load_tiny(tiny_model):
    """Return a load function for the tiny model."""
    return lambda card: tiny_model


@pytest.fixture(scope="session")
def shared_workload(tiny_model, tmp_path_factory) -> Workload:
    card = tiny_model.backbone.card
    train, validation = labelled(36, 0), labelled(24, 1)
    head = random_head(3, tiny_model.backbone.embedding_size, seed=0)
    from automl_tl.finetune.fitted import FittedModel

    embed = FittedModel.of(Classifier(tiny_model.backbone, head), CLASSES).embed
    workload = Workload(
        modality="image",
        task="classification",
        class_names=CLASSES,
        metric="accuracy",
        train=train,
        validation=validation,
        cards={card.id: card},
        train_features={card.id: embed(train.inputs)},
        validation_features={card.id: embed(validation.inputs)},
        heads={},
        checkpoint_root=tmp_path_factory.mktemp("trials"),
        device="cpu",
    )
    return dataclasses.replace(workload, heads={card.id: choose_head(workload, card.id, seed=0)[0]})


@pytest.fixture
def workload(shared_workload, tmp_path) -> Workload:
    """Return 36 training and 24 validation images of three classes; checkpoints go to ``tmp_path``."""
    return dataclasses.replace(shared_workload, checkpoint_root=tmp_path / "trials")


@pytest.fixture
def in_groups():
    """Return a function (workload, rows of a group) -> the workload whose rows belong together."""

    def make(workload: Workload, size: int) -> Workload:
        n_train, n_validation = len(workload.train), len(workload.validation)
        numbers = np.arange(n_train + n_validation) // size
        return dataclasses.replace(
            workload,
            train=dataclasses.replace(workload.train, groups=numbers[:n_train]),
            validation=dataclasses.replace(workload.validation, groups=numbers[n_train:]),
        )

    return make


@pytest.fixture
def model_id(tiny_model) -> str:
    return tiny_model.backbone.card.id


@pytest.fixture
def unlimited():
    """Return a clock without a limit."""
    return lambda: math.inf


@pytest.fixture
def fake_clock():
    """Return a function (seconds) -> remaining() that loses one second each time it is asked."""

    def make(seconds: float):
        left = [float(seconds)]

        def remaining() -> float:
            left[0] -= 1.0
            return left[0]

        return remaining

    return make


@pytest.fixture
def count_calls(monkeypatch):
    """Return a function (name of a function) -> list that grows by one with every call of it from now on."""

    def make(name: str) -> list[int]:
        module, _, attribute = name.rpartition(".")
        whole, calls = getattr(importlib.import_module(module), attribute), []
        monkeypatch.setattr(name, lambda *args, **options: calls.append(1) or whole(*args, **options))
        return calls

    return make
