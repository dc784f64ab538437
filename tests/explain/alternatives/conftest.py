"""Real tiny networks with a head, as games."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from automl_tl.explain.game import Game
from automl_tl.explain.subject import Subject
from automl_tl.finetune.workload import LinearHead
from automl_tl.testing.tiny_models import tiny_image_model, tiny_text_model


@dataclass
class Tiny:
    backbone: Any
    head: LinearHead
    class_names: tuple[str, ...] = ("a", "b", "c")
    temperature: float = 1.0
    task: str = "classification"

    @property
    def modality(self):
        return self.backbone.card.modality

    def logits(self, inputs):
        import torch

        with torch.inference_mode():
            return self.head.logits(self.backbone(self.backbone.preprocess(inputs)).numpy())


def tiny(kind):
    backbone = (tiny_image_model() if kind == "image" else tiny_text_model()).eval()
    rng = np.random.default_rng(0)
    weight = 5 * rng.normal(size=(3, backbone.embedding_size)).astype(np.float32)
    return Tiny(backbone, LinearHead(weight, np.zeros(3, dtype=np.float32)))


@pytest.fixture
def tiny_model():
    """Builds a model of three classes for ``image`` or ``text``."""
    return tiny


@pytest.fixture
def tiny_game():
    """Builds the game of one input of such a model."""

    def build(kind):
        model = tiny(kind)
        example = "the melody near a storm, good goal" if kind == "text" else _picture()
        subject = Subject(model)
        return Game(tuple(zip(subject.maskers(example), subject.networks, strict=True)))

    return build


def _picture():
    return np.random.default_rng(1).integers(0, 256, (32, 32, 3)).astype(np.uint8)
