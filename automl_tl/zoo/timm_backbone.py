"""Image backbones built by timm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from timm.models import group_parameters
from torch import nn

from automl_tl.data.dataset import Example
from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import Backbone, Batch, Block
from automl_tl.zoo.card import LAST_LAYER, ImageInput, ModelCard
from automl_tl.zoo.image_preprocess import image_to_pixels
from automl_tl.zoo.source_head import as_constant, load_native, native_state
from automl_tl.zoo.timm_layers import forward_layers, layers_size, timm_further_layer_choices, timm_layer_choices

__all__ = ["TimmBackbone"]

# create_model would fetch or open files for these; weights come in by load_native_state_dict only.
_REFUSED_KWARGS = frozenset(
    {
        "cache_dir",
        "checkpoint_path",
        "model_name",
        "num_classes",
        "pretrained",
        "pretrained_cfg",
        "pretrained_cfg_overlay",
        "pretrained_strict",
    }
)


class TimmBackbone(Backbone):
    """A timm network without its classifier; the classifier rides along as a constant source head.

    ``config`` is ``{"library": "timm", "architecture": name, "kwargs": {...}, "num_classes": int}`` where
    ``num_classes`` counts the source classes (0: no source head). The embedding is what timm's
    ``forward_head(forward_features(x), pre_logits=True)`` returns, or what the card's input asks for
    (:mod:`automl_tl.zoo.timm_layers`); the source head always looks at the former.

    Raises
    ------
    ModelUnavailable
        If timm has no such architecture, does not accept the keyword arguments, or the network does not offer the
        card's ``input.layers``.
    """

    def __init__(self, card: ModelCard, config: dict[str, Any]) -> None:
        super().__init__()
        if not isinstance(card.input, ImageInput):
            raise ModelUnavailable(f"{card.id}: a timm model needs an image input but got {card.modality!r}")
        self.config = {"library": "timm", "kwargs": {}, "num_classes": 0, **config}
        network: Any = _create(self.config)
        self.network = network
        self._last_size = int(getattr(network, "head_hidden_size", network.num_features))
        self._head_name, self.source_head = _detach_head(self.network, self._last_size)
        if self.source_head is None:
            self.config["num_classes"] = 0
        parameters = sum(p.numel() for p in self.network.parameters())
        self.card = replace(card, parameters=card.parameters or parameters)
        self._input = card.input
        self.choose_layers(card.input.layers)

    @property
    def embedding_size(self) -> int:
        """Length D of the embedding."""
        return layers_size(self.network, self._last_size, self.layers)

    @property
    def layer_choices(self) -> tuple[str, ...]:
        """``last``, and ``mean`` where all blocks share one width or ``stages`` where they do not."""
        return timm_layer_choices(self.network)

    @property
    def further_layer_choices(self) -> tuple[str, ...]:
        """``last_4`` and ``all`` where blocks share one width."""
        return timm_further_layer_choices(self.network)

    def preprocess(self, examples: Sequence[Example]) -> Batch:
        """Resize, crop and normalise RGB images; returns ``pixels`` float32 (B, 3, H, W)."""
        images = [image_to_pixels(np.asarray(image), self._input) for image in examples]
        return {"pixels": torch.from_numpy(np.stack(images))}

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return the pooled embedding (B, D)."""
        return forward_layers(self.network, batch["pixels"], (self.layers,))[self.layers]

    def source_logits(self, batch: Batch) -> torch.Tensor | None:
        """Return the source classifier's logits (B, Z), or None without a source head."""
        return self.embed_with_source(batch)[1]

    def embed_with_source(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return embedding and source logits from one forward pass."""
        embeddings, logits = self.embed_layers(batch, (self.layers,))
        return embeddings[self.layers], logits

    def embed_layers(
        self, batch: Batch, layers: Sequence[str]
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor | None]:
        """Return embeddings and source logits from one forward pass."""
        found = forward_layers(self.network, batch["pixels"], layers)
        logits = None if self.source_head is None else self.source_head(found[LAST_LAYER])
        return {name: found[name] for name in layers}, logits

    def blocks(self) -> tuple[Block, ...]:
        """Return stem, residual or attention blocks in order, then the final norm where it stands alone."""
        by_name = dict(self.network.named_parameters())
        groups = _parameter_groups(self.network)
        names = ["stem", *(_block_name(group) for group in groups[1:])]
        return tuple(
            Block(name, tuple(by_name[key] for key in group)) for name, group in zip(names, groups, strict=True)
        )

    def reinitialise(self, seed: int) -> None:
        """Replace every weight by timm's own random initialisation; the source head is dropped."""
        self.drop_source_head()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            fresh = _create(self.config)
        self.network.load_state_dict(fresh.state_dict())

    def drop_source_head(self) -> None:
        """Forget the source head: it is then neither saved nor computed."""
        self.source_head = None
        self.config = {**self.config, "num_classes": 0}

    def native_state_dict(self) -> dict[str, torch.Tensor]:
        """Return the weights under timm's own names, source head included."""
        return native_state(self.network, self.source_head, self._head_name)

    def load_native_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Take weights under timm's own names; raises ModelUnavailable naming the first key that is off."""
        load_native(self.network, self.source_head, self._head_name, state, what=self.card.id)

    def save_assets(self, directory: Path) -> None:
        """Write nothing: an image model needs no files beside its weights."""

    @classmethod
    def from_config(cls, card: ModelCard, config: dict[str, Any], assets: Path) -> TimmBackbone:
        """Build the architecture with random weights; ``assets`` is not read."""
        return cls(card, config)


def _create(config: dict[str, Any]) -> nn.Module:
    architecture, kwargs = config.get("architecture", ""), dict(config["kwargs"])
    if not isinstance(architecture, str) or not timm.is_model(architecture):
        raise ModelUnavailable(f"timm has no architecture {architecture!r}", field="architecture")
    refused = sorted(_REFUSED_KWARGS & set(kwargs))
    if refused:
        raise ModelUnavailable(f"{architecture}: {refused[0]!r} is not allowed in kwargs", field="kwargs")
    try:
        return timm.create_model(
            architecture, pretrained=False, num_classes=int(config["num_classes"]), **kwargs
        ).eval()
    except Exception as error:  # the keyword arguments come from a file and reach deep into the network
        raise ModelUnavailable(f"timm cannot build {architecture!r}: {error}", field="kwargs") from error


def _detach_head(network: Any, embedding_size: int) -> tuple[str, nn.Module | None]:
    """Take a plain linear classifier out of the network; any other kind of head is thrown away."""
    head = network.get_classifier()
    name = next((name for name, module in network.named_modules() if module is head), "")
    network.reset_classifier(0)
    if isinstance(head, nn.Linear) and head.in_features == embedding_size:
        return name, as_constant(head)
    return name, None


def _parameter_groups(network: Any) -> list[list[str]]:
    """Return parameter names grouped from input to output, by timm's own matcher where there is one."""
    if hasattr(network, "group_matcher"):
        groups = group_parameters(network, network.group_matcher(coarse=False))
        return [list(names) for _, names in sorted(groups.items())]
    found: dict[str, list[str]] = {}
    for name, _ in network.named_parameters():
        child, *rest = name.split(".")
        listed = isinstance(getattr(network, child), nn.ModuleList | nn.Sequential)
        found.setdefault(f"{child}.{rest[0]}" if listed else child, []).append(name)
    return list(found.values())


def _block_name(names: Sequence[str]) -> str:
    """Return the dotted prefix that all names share, else the first name's module down to its number."""
    paths = [name.split(".")[:-1] or [name] for name in names]
    shared = [parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))]
    if shared:
        return ".".join(shared)
    numbered = [place for place, part in enumerate(paths[0]) if part.isdigit()]
    return ".".join(paths[0][: numbered[-1] + 1] if numbered else paths[0])
