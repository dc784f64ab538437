"""Pretraining of a text encoder: texts that belong together find each other though words are hidden."""

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


_TEMPERATURE = 0.07


class TextPretraining(nn.Module):
    """An encoder whose embedding is the mean of all tokens, with a source head.

    The head reads the embedding but does not shape it: a classifier that does makes all texts of a class alike and
    loses what other tasks need.
    """

    def __init__(self, encoder: Any, n_classes: int) -> None:
        super().__init__()
        self.network = encoder
        self.source_head = nn.Linear(encoder.config.hidden_size, n_classes)

    def losses(
        self, ids: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what 2 B texts cost: do partners find each other, and are classes told; i and B + i are partners.

        Parameters
        ----------
        ids, mask
            Tokens and attention mask, (2 B, T).
        labels
            Source classes, (2 B,).
        """
        states = self.network(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        embedding = (states * weights).sum(1) / weights.sum(1)
        return _partner_loss(embedding), F.cross_entropy(self.source_head(embedding.detach()), labels)


def _partner_loss(embedding: torch.Tensor) -> torch.Tensor:
    """Return InfoNCE over cosine similarities, both ways (van den Oord et al., 2018, eq. 4)."""
    first, second = F.normalize(embedding, dim=1).chunk(2)
    similarity = first @ second.T / _TEMPERATURE
    partner = torch.arange(len(first))
    return (F.cross_entropy(similarity, partner) + F.cross_entropy(similarity.T, partner)) / 2


def train_text_network(
    recipe: PretrainRecipe, *, seed: int, steps: int, progress: Progress | None = None
) -> tuple[dict[str, torch.Tensor], dict[str, Any], Tokenizer]:
    """Return weights under library names, the backbone configuration and the tokenizer."""
    source = text_sources.get(recipe.source)
    pairs, labels = source.pairs(min(recipe.examples, max(steps * recipe.batch, 1000)), seed)
    tokenizer = train_tokenizer([text for pair in pairs for text in pair], recipe.vocabulary)
    torch.manual_seed(seed)
    settings = {**recipe.settings, "vocab_size": tokenizer.get_vocab_size(), "pad_token_id": PAD}
    configuration = AutoConfig.for_model(recipe.architecture, **settings)
    encoder: Any = AutoModel.from_config(configuration, trust_remote_code=False, dtype=torch.float32)
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    model = TextPretraining(encoder, len(source.class_names))
    _train(model, pairs, labels, tokenizer, recipe, seed=seed, steps=steps, progress=progress)
    state = {**encoder.state_dict(), **{f"source_head.{k}": v for k, v in model.source_head.state_dict().items()}}
    plain = {**settings, "model_type": recipe.architecture}
    return state, {"library": "transformers", "config": plain, "num_classes": len(source.class_names)}, tokenizer


def _train(
    model: TextPretraining,
    pairs: list[tuple[str, str]],
    labels: NDArray[np.int64],
    tokenizer: Tokenizer,
    recipe: PretrainRecipe,
    *,
    seed: int,
    steps: int,
    progress: Progress | None,
) -> None:
    tokenizer.enable_truncation(recipe.max_length)
    ids = [[encoding.ids for encoding in tokenizer.encode_batch(side)] for side in zip(*pairs, strict=True)]
    tokenizer.no_truncation()
    rng = np.random.default_rng(seed)
    optimizer = ScheduledAdamW(model, rate=recipe.rate, weight_decay=recipe.weight_decay, steps=steps)
    model.train()
    for step in range(steps):
        rows = rng.integers(len(pairs), size=recipe.batch)
        batch, mask = _padded([side[row] for side in ids for row in rows])
        hidden = (batch > MASK) & torch.from_numpy(rng.random(batch.shape) < recipe.masked_share)
        shown = torch.where(hidden, torch.full_like(batch, MASK), batch)
        partner, label = model.losses(shown, mask, torch.from_numpy(np.tile(labels[rows], 2)))
        optimizer.update(partner + label)
        if progress is not None:
            progress(step + 1, steps, partner.item())


def _padded(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(row) for row in rows)
    ids = torch.full((len(rows), longest), PAD)
    for position, row in enumerate(rows):
        ids[position, : len(row)] = torch.tensor(row)
    return ids, (ids != PAD).long()
