"""Pretraining of a text encoder: hidden words and the source's labels at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoConfig, AutoModel

from automl_tl.zoo.starter.image_training import Progress
from automl_tl.zoo.starter.recipes import PretrainRecipe
from automl_tl.zoo.starter.schedule import ScheduledAdamW
from automl_tl.zoo.starter.text_sources.base import text_sources
from automl_tl.zoo.starter.tokenizer import MASK, PAD, train_tokenizer

__all__ = ["TextPretraining", "train_text_network"]


class TextPretraining(nn.Module):
    """An encoder with two heads: the source classes from the mean of all tokens, and hidden tokens one by one.

    The token head shares its matrix with the input embeddings and is dropped after training.
    """

    def __init__(self, encoder: Any, n_classes: int) -> None:
        super().__init__()
        self.network = encoder
        hidden = encoder.config.hidden_size
        table = encoder.get_input_embeddings()
        self.source_head = nn.Linear(hidden, n_classes)
        self.transform = nn.Sequential(
            nn.Linear(hidden, table.embedding_dim), nn.GELU(), nn.LayerNorm(table.embedding_dim)
        )
        self.token_bias = nn.Parameter(torch.zeros(table.num_embeddings))

    def losses(
        self, ids: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor, hidden: torch.Tensor, smoothing: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the class loss and the token loss; ``hidden`` (B, T) marks tokens to hide and to guess."""
        shown = torch.where(hidden, torch.full_like(ids, MASK), ids)
        states = self.network(input_ids=shown, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        embedding = (states * weights).sum(1) / weights.sum(1)
        class_loss = F.cross_entropy(self.source_head(embedding), labels, label_smoothing=smoothing)
        if not hidden.any():
            return class_loss, class_loss.new_zeros(())
        guesses = self.transform(states[hidden]) @ self.network.get_input_embeddings().weight.T + self.token_bias
        return class_loss, F.cross_entropy(guesses, ids[hidden])


def train_text_network(
    recipe: PretrainRecipe, *, seed: int, steps: int, progress: Progress | None = None
) -> tuple[dict[str, torch.Tensor], dict[str, Any], Tokenizer]:
    """Return weights under library names, the backbone configuration and the tokenizer."""
    source = text_sources.get(recipe.source)
    texts, labels = source.sample(min(recipe.examples, max(steps * recipe.batch, 1000)), seed)
    tokenizer = train_tokenizer(texts, recipe.vocabulary)
    torch.manual_seed(seed)
    settings = {**recipe.settings, "vocab_size": tokenizer.get_vocab_size(), "pad_token_id": PAD}
    configuration = AutoConfig.for_model(recipe.architecture, **settings)
    encoder: Any = AutoModel.from_config(configuration, trust_remote_code=False, dtype=torch.float32)
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    model = TextPretraining(encoder, len(source.class_names))
    _train(model, texts, labels, tokenizer, recipe, seed=seed, steps=steps, progress=progress)
    state = {**encoder.state_dict(), **{f"source_head.{k}": v for k, v in model.source_head.state_dict().items()}}
    plain = {**settings, "model_type": recipe.architecture}
    return state, {"library": "transformers", "config": plain, "num_classes": len(source.class_names)}, tokenizer


def _train(
    model: TextPretraining,
    texts: list[str],
    labels: NDArray[np.int64],
    tokenizer: Tokenizer,
    recipe: PretrainRecipe,
    *,
    seed: int,
    steps: int,
    progress: Progress | None,
) -> None:
    tokenizer.enable_truncation(recipe.max_length)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    tokenizer.no_truncation()
    rng = np.random.default_rng(seed)
    optimizer = ScheduledAdamW(model, rate=recipe.rate, weight_decay=recipe.weight_decay, steps=steps)
    model.train()
    for step in range(steps):
        rows = rng.integers(len(ids), size=recipe.batch)
        batch, mask = _padded([ids[row] for row in rows])
        inner = mask.bool() & (batch != tokenizer.token_to_id("[CLS]")) & (batch != tokenizer.token_to_id("[SEP]"))
        hidden = inner & torch.from_numpy(rng.random(batch.shape) < recipe.masked_share)
        losses = model.losses(batch, mask, torch.from_numpy(labels[rows]), hidden, recipe.label_smoothing)
        optimizer.update(losses[0] + losses[1])
        if progress is not None:
            progress(step + 1, steps, losses[0].item())


def _padded(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(row) for row in rows)
    ids = torch.full((len(rows), longest), PAD)
    for position, row in enumerate(rows):
        ids[position, : len(row)] = torch.tensor(row)
    return ids, (ids != PAD).long()
