"""Tiny models with known answers: texts whose tokens add up, pictures whose brightness counts."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from PIL import Image

from automl_tl.data.load import load_dataset
from automl_tl.data.target import bind_target

PAD, CLS, SEP, MASK = 0, 1, 2, 3
WORDS = {"good": 4, "bad": 5, "movie": 6, ".": 7}
WEIGHTS = {"good": 2.0, "bad": -3.0, "movie": 0.5}


@dataclass(frozen=True)
class Span:
    text: str
    start: int
    end: int
    tokens: tuple[int, ...]


class FakeTokenizer:
    pad_token_id = PAD


class FakeTextBackbone(torch.nn.Module):
    """Embedding (B, 1): the sum of the weights of the tokens that are not hidden."""

    tokenizer = FakeTokenizer()

    def __init__(self, max_words, mask_token):
        super().__init__()
        self.max_words = max_words
        self.mask_token_id = mask_token
        self.weight = torch.nn.Parameter(torch.zeros(8))
        with torch.no_grad():
            for word, index in WORDS.items():
                self.weight[index] = WEIGHTS.get(word, 0.0)

    def forward(self, batch):
        return (self.weight[batch["input_ids"]] * batch["attention_mask"]).sum(dim=1, keepdim=True)

    def word_spans(self, text):
        found = list(re.finditer(r"\w+|\.", text))[: self.max_words]
        return [Span(m.group(), m.start(), m.end(), (i + 1,)) for i, m in enumerate(found)]

    def preprocess(self, texts):
        rows = [[CLS, *(WORDS[span.text] for span in self.word_spans(text)), SEP] for text in texts]
        width = max(len(row) for row in rows)
        ids = torch.tensor([row + [PAD] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        return {"input_ids": ids, "attention_mask": mask}

    def reinitialise(self, seed):
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            self.weight.copy_(torch.randn(8, generator=generator))


class FakeHead:
    link = "softmax"
    unit = (0.0, 1.0)
    weight = np.array([[-1.0], [1.0]], dtype=np.float32)
    bias = np.zeros(2, dtype=np.float32)

    def logits(self, features):
        return features @ self.weight.T + self.bias


class FakeTextModel:
    modality = "text"
    task = "classification"
    class_names = ("negative", "positive")
    temperature = 1.0

    def __init__(self, max_words=64, mask_token=MASK, head=None):
        self.backbone = FakeTextBackbone(max_words, mask_token)
        self.head = head or FakeHead()

    def logits(self, inputs):
        with torch.inference_mode():
            return self.head.logits(self.backbone(self.backbone.preprocess(list(inputs))).numpy())


class FakeImageBackbone(torch.nn.Module):
    """Embedding (B, 1): 8 x mean brightness of the left half, as a fraction of full brightness.

    Pictures keep their size unless ``side`` is given.
    """

    def __init__(self, side=0):
        super().__init__()
        self.side = side
        self.scale = torch.nn.Parameter(torch.tensor(8.0))
        self.calls = 0

    def forward(self, batch):
        pixels = batch["pixels"]
        self.calls += len(pixels)
        return self.scale * pixels[:, :, :, : pixels.shape[3] // 2].mean(dim=(1, 2, 3))[:, None]

    def preprocess(self, images):
        pixels = torch.stack([torch.from_numpy(np.asarray(i)).permute(2, 0, 1) for i in images]) / 255
        if self.side:
            pixels = torch.nn.functional.interpolate(pixels, size=(self.side, self.side))
        return {"pixels": pixels}

    def reinitialise(self, seed):
        with torch.no_grad():
            self.scale.fill_(-0.1)


class LeftHead(FakeHead):
    weight = np.array([[0.0], [1.0]], dtype=np.float32)
    bias = np.array([1.0, 0.0], dtype=np.float32)


class FakeImageModel:
    """The logit of class 1 is 8 x mean brightness of the left half."""

    modality = "image"
    task = "classification"
    class_names = ("other", "left")
    temperature = 1.0

    def __init__(self, side=0, head=None):
        self.backbone = FakeImageBackbone(side)
        self.head = head or LeftHead()

    def logits(self, inputs):
        with torch.inference_mode():
            return self.head.logits(self.backbone(self.backbone.preprocess(list(inputs))).numpy())


@pytest.fixture
def text_model():
    """Builds the fake text model."""
    return FakeTextModel


@pytest.fixture
def image_model():
    """Builds the fake image model."""
    return FakeImageModel


@pytest.fixture
def head():
    """Builds a head of another kind."""

    def build(link="softmax", weight=((-1.0,), (1.0,)), bias=(0.0, 0.0), unit=(0.0, 1.0)):
        made = FakeHead()
        made.link, made.unit = link, unit
        made.weight = np.array(weight, dtype=np.float32)
        made.bias = np.array(bias, dtype=np.float32)
        return made

    return build


@pytest.fixture
def bright_left():
    """Returns a 16 x 16 picture, bright in a part of its left half."""

    def build(seed=0):
        image = np.zeros((16, 16, 3), dtype=np.uint8)
        image[4:12, 0:8] = np.random.default_rng(seed).integers(150, 255, (8, 8, 3))
        return image

    return build


@pytest.fixture
def picture_data(tmp_path):
    """Writes pictures of some levels of brightness by class, and reads them as a data set that is split."""

    def build(levels, count, *, spread=20, test_fraction=0.3):
        rng = np.random.default_rng(0)
        for name, level in levels.items():
            (tmp_path / name).mkdir()
            for number in range(count):
                picture = np.clip(rng.normal(level, spread, (8, 8, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(picture).save(tmp_path / name / f"{number}.png")
        return bind_target(load_dataset(tmp_path, target="label"), target="label", test_fraction=test_fraction)

    return build
