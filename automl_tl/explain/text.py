"""Whole words as features: a hidden word's token ids become the mask token.

Masking ids instead of rewriting the string keeps the other words' tokens as they were; a string that is
tokenised again often is not the coalition that was asked for.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.explain.game import Game
from automl_tl.explain.model import ExplainableModel

__all__ = ["WordGame"]


class WordGame(Game):
    """One text; special tokens always stay, words cut off by truncation are no features.

    Where the tokenizer has no mask token a hidden word is taken out of the attention mask instead.
    """

    def __init__(self, model: ExplainableModel, text: str) -> None:
        self._model = model
        spans = tuple(model.backbone.word_spans(text))
        batch = model.backbone.preprocess([text])
        self._batch: dict[str, torch.Tensor] = {name: torch.as_tensor(value) for name, value in batch.items()}
        self._mask_token: int | None = model.backbone.mask_token_id
        self.feature_names = tuple(span.text for span in spans)
        self.baseline = "hidden from attention" if self._mask_token is None else "mask token"
        self._owner = np.full(self._batch["input_ids"].shape[1], -1, dtype=np.int64)
        for word, span in enumerate(spans):
            self._owner[list(span.tokens)] = word

    def value(self, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the logits of the text with only the words of each mask shown."""
        backbone = self._model.backbone
        backbone.eval()
        with torch.inference_mode():
            features = backbone(self._on_device(self.batch(masks))).float().cpu().numpy()
        return np.asarray(self._model.head.logits(features), dtype=np.float64)

    def batch(self, masks: NDArray[np.bool_]) -> dict[str, torch.Tensor]:
        """Return the prepared batch of these coalitions: ``input_ids`` and ``attention_mask`` (B, T)."""
        shown = np.concatenate([masks, np.ones((len(masks), 1), dtype=bool)], axis=1)
        hidden = torch.from_numpy(~shown[:, self._owner])  # owner -1, a special token, reads the last column
        batch = {name: value.expand(len(masks), -1).clone() for name, value in self._batch.items()}
        if self._mask_token is None:
            batch["attention_mask"][hidden] = 0
        else:
            batch["input_ids"][hidden] = self._mask_token
        return batch

    def _on_device(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        parameter = next(iter(self._model.backbone.parameters()), None)
        return batch if parameter is None else {name: value.to(parameter.device) for name, value in batch.items()}
