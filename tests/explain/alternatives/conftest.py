"""Real tiny networks with a head, as games."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from automl_tl.explain.game import Game
from automl_tl.explain.subject import Subject
from automl_tl.finetune.fitted import FittedModel
from automl_tl.finetune.workload import LinearHead
from automl_tl.testing.tiny_models import tiny_image_model, tiny_text_model
from automl_tl.zoo.tokens import TextTokenizer

TEXT = "good goal near a storm"


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


@pytest.fixture
def tiny_mixture():
    """Builds two unlike models that answer together, 70 : 30, with one input: what jobs deliver as a rule.

    The second one sees pictures in another size, or spells words letter by letter.
    """

    def build(kind, link="softmax"):
        lead, beside = (
            FittedModel(each.backbone, each.head, each.class_names) for each in (tiny(kind), tiny(kind))
        )
        other = tiny_image_model(size=48, seed=1) if kind == "image" else _spelling_text_model()
        rng = np.random.default_rng(1)
        weight = 5 * rng.normal(size=(3, other.embedding_size)).astype(np.float32)
        head = LinearHead(weight, np.ones(3, dtype=np.float32), link=link)
        beside = replace(beside, backbone=other.eval(), head=head)
        model = replace(lead, head=replace(lead.head, link=link), members=(beside,), parts=(0.7, 0.3))
        return model, TEXT if kind == "text" else _picture()

    return build


@pytest.fixture
def tiny_mixture_game(tiny_mixture):
    """Builds the game of a mixture's input."""

    def build(kind, link="softmax"):
        model, example = tiny_mixture(kind, link)
        subject = Subject(model)
        return subject.game(subject.maskers(example), subject.networks, lambda: float("inf"))

    return build


def _spelling_text_model():
    backbone = tiny_text_model(seed=1)
    letters = sorted(set(TEXT) - {" "})
    entries = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters))
    tokenizer = Tokenizer(models.WordPiece({entry: at for at, entry in enumerate(entries)}, unk_token="[UNK]"))
    tokenizer.add_special_tokens(list(entries[:5]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    backbone.tokenizer = TextTokenizer(tokenizer, max_length=32, special={})
    return backbone


def _picture():
    return np.random.default_rng(1).integers(0, 256, (32, 32, 3)).astype(np.uint8)
