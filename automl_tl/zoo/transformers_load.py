"""Turn a directory in transformers' layout into a LoadedModel."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from transformers import MODEL_MAPPING, AutoTokenizer, PretrainedConfig

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import LoadedModel
from automl_tl.zoo.card import Fingerprint, ModelCard, TextInput
from automl_tl.zoo.masked_lm import load_masked_language_model
from automl_tl.zoo.tokens import TextTokenizer
from automl_tl.zoo.transformers_backbone import TransformersBackbone
from automl_tl.zoo.transformers_network import network_with_weights, read_config
from automl_tl.zoo.weights import Weights, find_weight_files, read_weights

__all__ = ["load_transformers"]

_VOCABULARIES = ("vocab.txt", "vocab.json", "*.model")


def load_transformers(
    card: ModelCard, directory: Path, *, commit: str = "", fingerprint: Fingerprint | None = None
) -> LoadedModel:
    """Load an encoder with its tokenizer; no code from the directory is run.

    Raises
    ------
    ModelUnavailable
        If config, tokenizer or weights are missing or damaged, or the weights lack a tensor (it is named).
    """
    config = read_config(directory)
    weights = read_weights(find_weight_files(directory))
    network = _network(card, config, weights)
    tokenizer = _tokenizer(card, directory)
    values = {"config": network.config.to_dict(), "num_classes": 0}
    backbone = TransformersBackbone(replace(card, location=""), values, tokenizer)
    backbone.load_native_state_dict(dict(network.state_dict()))
    head = partial(load_masked_language_model, backbone.card, directory)
    return LoadedModel(backbone, weights.digest, commit, fingerprint, masked_language_model=head)


def _network(card: ModelCard, config: PretrainedConfig, weights: Weights) -> Any:
    """Build the encoder with the file's weights; raises ModelUnavailable if one of them is missing."""
    kind: Any = MODEL_MAPPING.get(type(config), None)
    if kind is None or config.is_encoder_decoder:
        raise ModelUnavailable(
            f"{card.id}: {config.model_type!r} is not an encoder that transformers builds itself"
        )
    network, missing = network_with_weights(kind, config, weights, what=card.id)
    absent = [key for key in missing if not key.startswith("pooler.")]
    if absent:
        raise ModelUnavailable(
            f"{card.id}: the weight file lacks {absent[0]!r} ({len(absent)} tensors are missing)", field=absent[0]
        )
    return network


def _tokenizer(card: ModelCard, directory: Path) -> TextTokenizer:
    wanted = card.input if isinstance(card.input, TextInput) else TextInput()
    if (directory / "tokenizer.json").is_file():
        return TextTokenizer.from_directory(directory, max_length=wanted.max_length, lowercase=wanted.lowercase)
    # Without any vocabulary AutoTokenizer would quietly make an empty one.
    if not any(path.is_file() for pattern in _VOCABULARIES for path in directory.glob(pattern)):
        raise ModelUnavailable(f"{card.id}: there is no tokenizer: neither tokenizer.json nor a vocabulary file")
    try:
        slow = AutoTokenizer.from_pretrained(directory, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        raise ModelUnavailable(f"{card.id}: the tokenizer cannot be read: {error}") from error
    backend = getattr(slow, "backend_tokenizer", None)
    if backend is None:
        raise ModelUnavailable(f"{card.id}: the model has no fast tokenizer (tokenizer.json)")
    special = {"pad_token": slow.pad_token or "", "mask_token": slow.mask_token or ""}
    return TextTokenizer(backend, max_length=wanted.max_length, lowercase=wanted.lowercase, special=special)
