"""WordId: whole words, or sentences, whose token ids become the mask token when hidden.

Masking ids instead of rewriting the string keeps the other words' tokens as they were; a string that is
tokenised again often is not the coalition that was asked for. Special tokens always stay, and what truncation cut
off is no feature.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.explain.maskers.base import MaskedBatch, Masker, shown_on
from automl_tl.explain.maskers.sentences import Span, merged, sentences_of
from automl_tl.explain.model import WordTokens

__all__ = ["ATTENTION", "MASK_TOKEN", "WordId", "cut_off"]

MASK_TOKEN = "mask token"  # noqa: S105 (a token of a text)
ATTENTION = "hidden from attention"
_ALWAYS_SHOWN = -1


class WordId(Masker):
    """One text for one backbone.

    Parameters
    ----------
    backbone
        A :class:`~automl_tl.explain.model.TokenBackbone`.
    features
        Character spans (start, end) of the features in order, or None for the words that the model sees. Tokens
        of words that none of them touches are always shown.
    hidden
        What a hidden word turns into: the mask token, or, also where the tokenizer has none, nothing that other
        words attend to.
    """

    def __init__(
        self,
        backbone: Any,
        text: str,
        features: Sequence[Span] | None = None,
        *,
        device: torch.device | None = None,
        hidden: str = MASK_TOKEN,
    ) -> None:
        self._backbone, self.text, self._device = backbone, text, device or torch.device("cpu")
        self.words = tuple(backbone.word_spans(text))
        self.spans = tuple(features) if features is not None else tuple((w.start, w.end) for w in self.words)
        self.feature_names = tuple(text[start:end] for start, end in self.spans)
        batch = backbone.preprocess([text])
        self._batch = {name: torch.as_tensor(value).to(self._device) for name, value in batch.items()}
        self._mask_token: int | None = backbone.mask_token_id
        self.baseline = ATTENTION if self._mask_token is None else hidden
        self._owner = _owners(self.words, self.spans, self._batch["input_ids"].shape[1]).to(self._device)

    def batch(self, masks: NDArray[np.bool_]) -> MaskedBatch:
        """Return ``input_ids`` and ``attention_mask``, int64 (B, T)."""
        shown = shown_on(self._device, masks)
        always = torch.ones((len(masks), 1), dtype=torch.bool, device=self._device)
        hidden = ~torch.cat([shown, always], dim=1)[:, self._owner]
        batch = {name: value.expand(len(masks), -1).clone() for name, value in self._batch.items()}
        if self._mask_token is None or self.baseline == ATTENTION:
            batch["attention_mask"][hidden] = 0
        else:
            batch["input_ids"][hidden] = self._mask_token
        return batch

    def other_baseline(self) -> WordId | None:
        """Return the same features taken out of the attention, or with mask tokens; None without a mask token."""
        if self._mask_token is None:
            return None
        hidden = ATTENTION if self.baseline == MASK_TOKEN else MASK_TOKEN
        return self.with_features(self.spans, hidden=hidden)

    def coarser(self, n_features: int) -> WordId | None:
        """Return the text by sentences, or by runs of sentences."""
        if self.n_features <= n_features:
            return self
        spans = merged(
            sentences_of(self.text, [(word.start, word.end) for word in self.words]), max(n_features, 2)
        )
        return self.with_features(spans) if len(spans) < self.n_features else None

    def with_features(self, spans: Sequence[Span], *, hidden: str = "") -> WordId:
        """Return the same text with these features."""
        return WordId(self._backbone, self.text, spans, device=self._device, hidden=hidden or self.baseline)

    @property
    def owner(self) -> NDArray[np.int64]:
        """Feature of each token, int64 (T,); -1 for tokens that are always shown."""
        owner = self._owner.cpu().numpy()
        return np.where(owner == self.n_features, _ALWAYS_SHOWN, owner)


def cut_off(words: Sequence[WordTokens], text: str) -> str:
    """Return the end of the text that the model does not see, without outer spaces."""
    return text[max((word.end for word in words), default=len(text)) :].strip()


def _owners(words: Iterable[WordTokens], spans: Sequence[Span], width: int) -> torch.Tensor:
    """Return the feature of each token, the number of features for tokens that are always shown."""
    owner = np.full(width, len(spans), dtype=np.int64)
    starts, ends = (np.array([span[side] for span in spans], dtype=np.int64) for side in (0, 1))
    for word in words:
        touched = np.flatnonzero((starts < max(word.end, word.start + 1)) & (ends > word.start))
        if len(touched):
            owner[list(word.tokens)] = touched[0]
    return torch.from_numpy(owner)
