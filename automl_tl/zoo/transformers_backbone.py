"""Text backbones built by transformers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModel

from automl_tl.data.dataset import Example
from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import Backbone, Batch, Block
from automl_tl.zoo.card import LAST_LAYER, ModelCard, TextInput
from automl_tl.zoo.side_by_side import side_by_side
from automl_tl.zoo.source_head import as_constant, load_native, native_state
from automl_tl.zoo.tokens import TextTokenizer, WordSpan

__all__ = ["TransformersBackbone"]

# These name code or files outside the config; an architecture is built from plain values only.
_REFUSED_CONFIG = (
    "_attn_implementation",
    "_attn_implementation_autoset",
    "_experts_implementation",
    "_name_or_path",
    "attn_implementation",
    "auto_map",
    "quantization_config",
)
_HEAD = "source_head"
_FINAL_NORMS = ("final_norm", "ln_f", "norm")
"""What encoders that normalise before each layer call the normalisation after the last one."""
_SHORTENING = ("canine", "funnel", "perceiver", "reformer")
"""Encoders whose layers give states of several lengths or widths."""
_FOUR = 4


class TransformersBackbone(Backbone):
    """A transformers encoder whose last layer, or the mean of all layers, is pooled over the attention mask.

    ``config`` is ``{"library": "transformers", "config": PretrainedConfig.to_dict(), "num_classes": int}``
    where ``num_classes`` counts the source classes (0: no source head). The pooler that some encoders carry
    is left out: it was trained for another purpose and the embedding does not pass through it.

    With ``layers = mean`` the embedding is the mean over the layers of the one that the network would give if it
    ended after that layer; the output of the token embeddings is no layer. The source head looks at the last one.
    ``last_4`` is the mean over the last four layers; ``all`` has the embeddings of all layers side by side.

    Raises
    ------
    ModelUnavailable
        If the config names no known model type, or an encoder-decoder, or the network does not offer the card's
        ``input.layers``.
    """

    def __init__(self, card: ModelCard, config: dict[str, Any], tokenizer: TextTokenizer) -> None:
        super().__init__()
        if not isinstance(card.input, TextInput):
            raise ModelUnavailable(f"{card.id}: a text encoder needs a text input but got {card.modality!r}")
        self.config = {"library": "transformers", "num_classes": 0, **config}
        network: Any = _create(self.config["config"])
        self.network = network
        self._embedding_size = int(network.config.hidden_size)
        self.tokenizer = tokenizer
        self.source_head: nn.Module | None = None
        if self.config["num_classes"]:
            self.source_head = as_constant(nn.Linear(self._embedding_size, int(self.config["num_classes"])))
        parameters = sum(p.numel() for p in self.network.parameters())
        self.card = replace(card, parameters=card.parameters or parameters)
        self._pooling = card.input.pooling
        self.choose_layers(card.input.layers)

    @property
    def embedding_size(self) -> int:
        """Length D of the embedding."""
        parts = int(self.network.config.num_hidden_layers) if self.layers == "all" else 1
        return self._embedding_size * parts

    @property
    def layer_choices(self) -> tuple[str, ...]:
        """``last``, and ``mean`` where there are several layers and each gives one state per token."""
        config = self.network.config
        several = int(getattr(config, "num_hidden_layers", 1)) > 1
        return (LAST_LAYER, "mean") if several and config.model_type not in _SHORTENING else (LAST_LAYER,)

    @property
    def further_layer_choices(self) -> tuple[str, ...]:
        """``last_4`` and ``all`` where ``mean`` is offered."""
        if "mean" not in self.layer_choices:
            return ()
        return ("last_4", "all") if int(self.network.config.num_hidden_layers) > _FOUR else ("all",)

    @property
    def mask_token_id(self) -> int | None:
        """Id of the token that stands for a hidden word, or None where the tokenizer has none."""
        return self.tokenizer.mask_token_id

    def word_spans(self, text: str) -> list[WordSpan]:
        """Return the words of a text with the positions of their tokens, as :meth:`preprocess` lays them."""
        return self.tokenizer.word_spans(text)

    def preprocess(self, examples: Sequence[Example]) -> Batch:
        """Tokenise texts; returns ``input_ids`` and ``attention_mask``, int64 (B, T)."""
        ids, mask = self.tokenizer.batch([str(text) for text in examples])
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}

    def forward(self, batch: Batch) -> torch.Tensor:
        """Return the pooled embedding (B, D)."""
        return self._forward_layers(batch, (self.layers,))[self.layers]

    def source_logits(self, batch: Batch) -> torch.Tensor | None:
        """Return the source classifier's logits (B, Z), or None without a source head."""
        return None if self.source_head is None else self.embed_with_source(batch)[1]

    def embed_with_source(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return embedding and source logits from one forward pass."""
        embeddings, logits = self.embed_layers(batch, (self.layers,))
        return embeddings[self.layers], logits

    def embed_layers(
        self, batch: Batch, layers: Sequence[str]
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor | None]:
        """Return embeddings and source logits from one forward pass."""
        found = self._forward_layers(batch, layers)
        logits = None if self.source_head is None else self.source_head(found[LAST_LAYER])
        return {name: found[name] for name in layers}, logits

    def _forward_layers(self, batch: Batch, layers: Sequence[str]) -> dict[str, torch.Tensor]:
        """Return the embedding by each of these aggregations; ``last`` is always among them."""
        mask, several = batch["attention_mask"], bool(set(layers) - {LAST_LAYER})
        output = self.network(input_ids=batch["input_ids"], attention_mask=mask, output_hidden_states=several)
        found = {LAST_LAYER: self._pooled(output.last_hidden_state, mask)}
        if several:
            ending = _final_norm(self.network)
            earlier = [self._pooled(ending(states), mask) for states in output.hidden_states[1:-1]]
            every = [*earlier, found[LAST_LAYER]]
            found["mean"] = torch.stack(every).mean(dim=0)
            found["last_4"] = torch.stack(every[-_FOUR:]).mean(dim=0)
            if "all" in layers:
                found["all"] = side_by_side(every)
        return found

    def _pooled(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return one vector (B, D) from the states (B, T, D) of one layer."""
        if self._pooling == "cls":
            return states[:, 0]
        weights = mask.unsqueeze(-1).to(states.dtype)
        return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)

    def blocks(self) -> tuple[Block, ...]:
        """Return the embeddings, each layer in order, then whatever follows the layers."""
        layers = _layers_name(self.network)
        groups: dict[str, list[nn.Parameter]] = {}
        inside = False
        for name, parameter in self.network.named_parameters():
            if layers and name.startswith(f"{layers}."):
                inside = True
                key = f"{layers}.{name[len(layers) + 1 :].split('.')[0]}"
            else:
                key = "final" if inside else "embeddings"
            groups.setdefault(key, []).append(parameter)
        return tuple(Block(name, tuple(parameters)) for name, parameters in groups.items())

    def reinitialise(self, seed: int) -> None:
        """Replace every weight by the architecture's own random initialisation; the source head is dropped."""
        self.drop_source_head()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            fresh = _create(self.config["config"])
        self.network.load_state_dict(fresh.state_dict())

    def drop_source_head(self) -> None:
        """Forget the source head: it is then neither saved nor computed."""
        self.source_head = None
        self.config = {**self.config, "num_classes": 0}

    def native_state_dict(self) -> dict[str, torch.Tensor]:
        """Return the weights under transformers' own names; the head's names start with ``source_head``."""
        return native_state(self.network, self.source_head, _HEAD)

    def load_native_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        """Take weights under transformers' own names; raises ModelUnavailable naming the first key that is off."""
        kept = {key: value for key, value in state.items() if not _superfluous(key)}
        load_native(self.network, self.source_head, _HEAD, kept, what=self.card.id)

    def save_assets(self, directory: Path) -> None:
        """Write the tokenizer."""
        self.tokenizer.save(directory)

    @classmethod
    def from_config(cls, card: ModelCard, config: dict[str, Any], assets: Path) -> TransformersBackbone:
        """Build the architecture with random weights and the tokenizer that lies in ``assets``."""
        if not isinstance(card.input, TextInput):
            raise ModelUnavailable(f"{card.id}: a text encoder needs a text input but got {card.modality!r}")
        wanted = card.input
        tokenizer = TextTokenizer.from_directory(assets, max_length=wanted.max_length, lowercase=wanted.lowercase)
        return cls(card, config, tokenizer)


def _create(values: dict[str, Any]) -> nn.Module:
    plain = {key: value for key, value in values.items() if key not in _REFUSED_CONFIG}
    model_type = plain.pop("model_type", "")
    try:
        config = AutoConfig.for_model(model_type, **plain)
        if getattr(config, "is_encoder_decoder", False):
            raise ModelUnavailable(f"{model_type!r} is an encoder-decoder; choose an encoder", field="model_type")
        network = AutoModel.from_config(config, trust_remote_code=False, dtype=torch.float32)
    except ModelUnavailable:
        raise
    except Exception as error:  # the values come from a file, and config classes raise types of their own
        message = f"transformers cannot build model type {model_type!r}: {error}"
        raise ModelUnavailable(message, field="model_type") from error
    if getattr(network, "pooler", None) is not None:
        network.pooler = None
    return network.eval()


def _final_norm(network: Any) -> nn.Module:
    """Return the normalisation after the last layer, which earlier layers' states have not passed."""
    found = (getattr(network, name, None) for name in _FINAL_NORMS)
    return next((module for module in found if isinstance(module, nn.Module)), nn.Identity())


def _superfluous(key: str) -> bool:
    """Return whether older files carry this key although no architecture needs it here."""
    return key.startswith("pooler.") or key.endswith(("position_ids", "token_type_ids"))


def _layers_name(network: nn.Module) -> str:
    """Return the name of the longest module list: the stack of layers; "" if there is none."""
    stacks = [(len(module), name) for name, module in network.named_modules() if isinstance(module, nn.ModuleList)]
    return max(stacks, key=lambda stack: (stack[0], -len(stack[1])), default=(0, ""))[1]
