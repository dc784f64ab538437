"""A loaded pretrained model, seen the same way whatever library it came from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from automl_tl.data.dataset import Example
from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.card import LAST_LAYER, Fingerprint, ModelCard

if TYPE_CHECKING:
    from automl_tl.zoo.masked_lm import MaskedLanguageModel

__all__ = ["Backbone", "Batch", "Block", "LoadedModel"]

Batch = dict[str, torch.Tensor]
"""Model inputs of one batch: ``pixels`` float32 (B, 3, H, W), or ``input_ids`` and ``attention_mask`` (B, T)."""


@dataclass(frozen=True)
class Block:
    """One named group of parameters; blocks are ordered from the input to the embedding."""

    name: str
    parameters: tuple[nn.Parameter, ...]


class Backbone(nn.Module, ABC):
    """A network that maps a batch to one embedding per example.

    Attributes
    ----------
    card
        The model's card; its ``embedding_size`` is filled.
    config
        JSON-able values from which :meth:`from_config` builds the same architecture without any network or
        pretrained weights.
    """

    card: ModelCard
    config: dict[str, Any]

    @property
    @abstractmethod
    def embedding_size(self) -> int:
        """Length D of the embedding."""

    @property
    def layers(self) -> str:
        """What the embedding is made of, as the card's input says: ``last`` or another of ``layer_choices``."""
        return self.card.input.layers

    @property
    def layer_choices(self) -> tuple[str, ...]:
        """What an embedding of this network can be made of, ``last`` first."""
        return (LAST_LAYER,)

    @property
    def further_layer_choices(self) -> tuple[str, ...]:
        """What else it can be made of for whoever asks by name: ``last_4``, ``all``; no probe tries them."""
        return ()

    def check_layers(self, layers: str) -> None:
        """Raise ModelUnavailable with the choices if this network offers no embedding made of ``layers``."""
        offered = (*self.layer_choices, *self.further_layer_choices)
        if layers not in offered:
            raise ModelUnavailable(
                f"{self.card.id}: layers must be one of {', '.join(offered)} but got {layers!r}",
                field="input.layers",
            )

    def choose_layers(self, layers: str) -> None:
        """Make the embedding of something else from now on: the weights stay, card and embedding size follow.

        Raises
        ------
        ModelUnavailable
            If this network does not offer it.
        """
        self.check_layers(layers)
        self.card = replace(self.card, input=replace(self.card.input, layers=layers))
        self.card = replace(self.card, embedding_size=self.embedding_size)

    @abstractmethod
    def preprocess(self, examples: Sequence[Example]) -> Batch:
        """Turn decoded inputs into a CPU batch exactly as the model was trained (size, crop, mean, tokens)."""

    @abstractmethod
    def forward(self, batch: Batch) -> torch.Tensor:
        """Return the pooled embedding, float (B, D)."""

    @abstractmethod
    def source_logits(self, batch: Batch) -> torch.Tensor | None:
        """Return the source head's logits (B, Z), or None if the model carries no source head."""

    def embed_with_source(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return the embedding and the source logits; one forward pass where the backbone can share it."""
        return self(batch), self.source_logits(batch)

    def embed_layers(
        self, batch: Batch, layers: Sequence[str]
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor | None]:
        """Return the embedding made of each of these, float (B, D) with its own D, and the source logits.

        ``layers`` are among ``layer_choices`` and ``further_layer_choices``; one forward pass where the backbone
        can share it.
        """
        embedding, logits = self.embed_with_source(batch)
        return dict.fromkeys(layers, embedding), logits

    def drop_source_head(self) -> None:
        """Forget the source head: it is then neither saved nor computed. Without one there is nothing to do."""

    @abstractmethod
    def blocks(self) -> tuple[Block, ...]:
        """Return the parameters in order from input to embedding; every parameter is in exactly one block."""

    @abstractmethod
    def reinitialise(self, seed: int) -> None:
        """Replace every weight by a fresh random one: the from-scratch baseline."""

    @abstractmethod
    def save_assets(self, directory: Path) -> None:
        """Write what :meth:`from_config` needs beside the weights, such as tokenizer files."""

    @classmethod
    @abstractmethod
    def from_config(cls, card: ModelCard, config: dict[str, Any], assets: Path) -> Backbone:
        """Build the architecture with arbitrary weights from ``config`` and the files of ``save_assets``."""


@dataclass(frozen=True)
class LoadedModel:
    """A backbone with pretrained weights and what was learnt while loading it.

    ``weights_digest`` is the SHA-256 of the weight bytes; embeddings are cached under it. ``resolved_revision``
    is the hub commit the weights came from, "" where there is none. ``masked_language_model`` reads the encoder
    again with the head that predicts hidden words, and raises ModelUnavailable where the files hold none; None
    where there cannot be one. The head is no part of the backbone.
    """

    backbone: Backbone
    weights_digest: str
    resolved_revision: str = ""
    fingerprint: Fingerprint | None = None
    masked_language_model: Callable[[], MaskedLanguageModel] | None = None

    def with_layers(self, layers: str) -> LoadedModel:
        """Return the model with an embedding made of ``layers``; its backbone is this one, changed.

        The fingerprint describes what the embedding was made of before, so it goes unless that stays.

        Raises
        ------
        ModelUnavailable
            If the network does not offer it.
        """
        if layers == self.backbone.layers:
            return self
        self.backbone.choose_layers(layers)
        return replace(self, fingerprint=None)
