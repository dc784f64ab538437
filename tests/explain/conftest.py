"""A tiny text model with known answers: every token adds its own weight to the logits."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

PAD, CLS, SEP, MASK = 0, 1, 2, 3
WORDS = {"good": 4, "bad": 5, "movie": 6}
WEIGHTS = {"good": 2.0, "bad": -3.0, "movie": 0.5}


@dataclass(frozen=True)
class Span:
    text: str
    tokens: tuple[int, ...]


class FakeTextBackbone(torch.nn.Module):
    """Embedding (B, 1): the sum of the weights of the tokens that are not hidden."""

    def __init__(self, max_words, mask_token):
        super().__init__()
        self.max_words = max_words
        self.mask_token_id = mask_token
        self.weight = torch.nn.Parameter(torch.zeros(7))
        with torch.no_grad():
            for word, index in WORDS.items():
                self.weight[index] = WEIGHTS[word]

    def forward(self, batch):
        return (self.weight[batch["input_ids"]] * batch["attention_mask"]).sum(dim=1, keepdim=True)

    def word_spans(self, text):
        return [Span(word, (i + 1,)) for i, word in enumerate(text.split()[: self.max_words])]

    def preprocess(self, texts):
        rows = [[CLS, *(WORDS[w] for w in text.split()[: self.max_words]), SEP] for text in texts]
        ids = torch.tensor(rows)
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


class FakeHead:
    def logits(self, features):
        return np.concatenate([-features, features], axis=1)


class FakeTextModel:
    modality = "text"
    class_names = ("negative", "positive")
    temperature = 1.0
    head = FakeHead()

    def __init__(self, max_words=64, mask_token=MASK):
        self.backbone = FakeTextBackbone(max_words, mask_token)

    def logits(self, inputs):
        with torch.inference_mode():
            rows = [self.backbone(self.backbone.preprocess([text])).numpy() for text in inputs]
        return self.head.logits(np.concatenate(rows))


@pytest.fixture
def text_model():
    """Builds the fake text model."""
    return FakeTextModel
