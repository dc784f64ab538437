"""A tiny text model with known answers: every token adds its own weight to the logits."""

from dataclasses import dataclass

import pytest
import torch

PAD, CLS, SEP, MASK = 0, 1, 2, 3
WORDS = {"good": 4, "bad": 5, "movie": 6}
WEIGHTS = {"good": 2.0, "bad": -3.0, "movie": 0.5}


@dataclass(frozen=True)
class Span:
    text: str
    tokens: tuple[int, ...]


class FakeTextBackbone:
    def __init__(self, max_words, mask_token):
        self.max_words = max_words
        self.mask_token_id = mask_token

    def word_spans(self, text):
        return [Span(word, (i + 1,)) for i, word in enumerate(text.split()[: self.max_words])]

    def preprocess(self, texts):
        rows = [[CLS, *(WORDS[w] for w in text.split()[: self.max_words]), SEP] for text in texts]
        ids = torch.tensor(rows)
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


class FakeTextModel:
    modality = "text"
    class_names = ("negative", "positive")

    def __init__(self, max_words=64, mask_token=MASK):
        self.backbone = FakeTextBackbone(max_words, mask_token)
        self.classifier = torch.nn.Module()
        self.classifier.register_buffer("weight", torch.zeros(7))
        for word, index in WORDS.items():
            self.classifier.weight[index] = WEIGHTS[word]
        self.classifier.forward = self._forward

    def _forward(self, batch):
        total = (self.classifier.weight[batch["input_ids"]] * batch["attention_mask"]).sum(dim=1)
        return torch.stack([-total, total], dim=1)

    def logits(self, inputs):
        return torch.cat([self.classifier(self.backbone.preprocess([text])) for text in inputs]).numpy()


@pytest.fixture
def text_model():
    """Builds the fake text model."""
    return FakeTextModel
