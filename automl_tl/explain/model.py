"""What explanations need to know about a model; ``FittedModel`` has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example

__all__ = [
    "ExplainableModel",
    "HeadedBackbone",
    "LogitHead",
    "TokenBackbone",
    "WordTokens",
    "link_of",
    "members_of",
    "parts_of",
    "unit_of",
]


class WordTokens(Protocol):
    """A whole word, its characters and the positions of its tokens in ``input_ids``."""

    @property
    def text(self) -> str:
        """The word as written."""

    @property
    def start(self) -> int:
        """First character in the text."""

    @property
    def end(self) -> int:
        """One past the last character."""

    @property
    def tokens(self) -> tuple[int, ...]:
        """Positions of its tokens, counted from 0 and including special tokens."""


class TokenBackbone(Protocol):
    """A text backbone that can say which tokens make up which word."""

    @property
    def mask_token_id(self) -> int | None:
        """Id of the token that hides a word, None where the tokenizer has none."""

    def word_spans(self, text: str) -> Sequence[WordTokens]:
        """Return the words that the model sees, in order; words cut off by truncation are left out."""

    def preprocess(self, examples: Sequence[Example]) -> dict[str, Any]:
        """Return a batch with ``input_ids`` and ``attention_mask``, each (B, T)."""


class LogitHead(Protocol):
    """Maps embeddings to outputs: logits, or numbers."""

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return float (N, C) for embeddings (N, D)."""


class HeadedBackbone(Protocol):
    """A backbone with a head: what a forward pass needs."""

    @property
    def backbone(self) -> Any:
        """The pretrained network."""

    @property
    def head(self) -> LogitHead:
        """The linear model on top of the embedding."""


class ExplainableModel(Protocol):
    """A fitted model.

    ``backbone`` is a :class:`TokenBackbone` for text; its ``preprocess`` makes a batch, and calling it with one
    gives embeddings. An ensemble also has ``members``: further models of the same outputs.
    """

    @property
    def modality(self) -> str:
        """``image`` or ``text``."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the C outputs in order."""

    @property
    def backbone(self) -> Any:
        """The pretrained network with its preprocessing."""

    @property
    def head(self) -> LogitHead:
        """The linear model on top of the embedding; its ``link`` says what its outputs are."""

    @property
    def temperature(self) -> float:
        """Divides the logits before the softmax, > 0."""

    @property
    def task(self) -> str:
        """``classification``, ``multilabel`` or ``regression``."""

    def logits(self, inputs: Sequence[Example]) -> NDArray[np.float32]:
        """Return float (N, C) for decoded inputs."""


def link_of(model: ExplainableModel) -> str:
    """Return ``softmax``, ``sigmoid`` or ``identity``: what makes answers of the model's outputs."""
    return str(getattr(model.head, "link", "softmax"))


def unit_of(model: ExplainableModel) -> float:
    """Return the deviation of the predicted number, 1 for logits."""
    return float(getattr(model.head, "unit", (0.0, 1.0))[1])


def members_of(model: ExplainableModel) -> tuple[ExplainableModel, ...]:
    """Return the further models of an ensemble; () of a single model."""
    return tuple(getattr(model, "members", ()))


def parts_of(model: ExplainableModel) -> tuple[float, ...]:
    """Return the weights of an ensemble's models in the mean of their answers; () means equal ones."""
    return tuple(getattr(model, "parts", ()))
