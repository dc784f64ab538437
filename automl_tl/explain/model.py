"""The little that explanations need to know about a model; ``FittedModel`` has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example

__all__ = ["ExplainableModel", "LogitHead", "TokenBackbone", "WordTokens"]


class WordTokens(Protocol):
    """A whole word and the positions of its tokens in ``input_ids``."""

    @property
    def text(self) -> str:
        """The word as written."""

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
    """Maps embeddings to logits."""

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return float (N, C) for embeddings (N, D)."""


class ExplainableModel(Protocol):
    """A fitted classifier.

    ``backbone`` is a :class:`TokenBackbone` for text, and calling it with a prepared batch gives embeddings.
    """

    @property
    def modality(self) -> str:
        """``image`` or ``text``."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the C classes in logit order."""

    @property
    def backbone(self) -> Any:
        """The pretrained network with its preprocessing."""

    @property
    def head(self) -> LogitHead:
        """The classifier on top of the embedding."""

    @property
    def temperature(self) -> float:
        """Divides the logits before the softmax, > 0."""

    def logits(self, inputs: Sequence[Example]) -> NDArray[np.float32]:
        """Return float (N, C) for decoded inputs."""
