"""Backbones of a few thousand random parameters, and files of them laid out as users and hubs lay them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModelForMaskedLM, BertConfig

from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.timm_backbone import TimmBackbone
from automl_tl.zoo.tokens import TextTokenizer
from automl_tl.zoo.transformers_backbone import TransformersBackbone
from automl_tl.zoo.weights import write_weights

__all__ = [
    "TINY_WORDS",
    "save_masked_lm",
    "tiny_image_model",
    "tiny_text_model",
    "tiny_tokenizer",
    "write_hub_cache",
    "write_masked_lm_folder",
    "write_timm_pair",
    "write_transformers_folder",
]

TINY_WORDS = (
    *("note", "about", "the", "and", "near", "a", "melody", "guitar", "chorus", "drummer", "concert", "goal"),
    *("referee", "penalty", "striker", "stadium", "storm", "drizzle", "sunshine", "forecast", "thunder", "good"),
    *("##s", "##ing", "play", "!", ",", "'", "-", *"0123456789"),
)
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_TINY_ENCODER: dict[str, Any] = {
    "vocab_size": len(_SPECIAL) + len(TINY_WORDS),
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 32,
}
_KWARGS: dict[str, Any] = {"layers": [1, 1, 1, 1], "channels": [4, 8, 8, 16], "stem_width": 4}


def tiny_image_model(*, size: int = 32, num_classes: int = 0, seed: int = 0) -> TimmBackbone:
    """Return a residual network for RGB images of ``size`` pixels with an embedding of 16 values."""
    card = ModelCard("local", "tiny-image", "image", "resnet18", "resnet", ImageInput(size=(size, size)))
    config = {"architecture": "resnet18", "kwargs": _KWARGS, "num_classes": num_classes}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return TimmBackbone(card, config)


def tiny_tokenizer(*, max_length: int = 16) -> TextTokenizer:
    """Return a lower-casing WordPiece tokenizer of a few dozen words with ``[MASK]``."""
    vocabulary = {word: number for number, word in enumerate((*_SPECIAL, *TINY_WORDS))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=_SPECIAL[1]))
    tokenizer.add_special_tokens(list(_SPECIAL))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return TextTokenizer(tokenizer, max_length=max_length, special={})


def tiny_text_model(*, num_classes: int = 0, pooling: str = "mean", seed: int = 0) -> TransformersBackbone:
    """Return a BERT encoder of two layers with an embedding of 16 values and its tokenizer."""
    card = ModelCard("local", "tiny-text", "text", "bert", "bert", TextInput(max_length=16, pooling=pooling))
    config = {"config": BertConfig(**_TINY_ENCODER).to_dict(), "num_classes": num_classes}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return TransformersBackbone(card, config, tiny_tokenizer())


def write_timm_pair(directory: Path, name: str = "tiny", *, num_classes: int = 5, **extra: object) -> Path:
    """Write ``NAME.safetensors`` with ``NAME.json`` beside it and return the weight file."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.safetensors"
    digest = write_weights(tiny_image_model(num_classes=num_classes).native_state_dict(), path, half=True)
    description = {
        "arch": "resnet18",
        "kwargs": _KWARGS,
        "num_classes": num_classes,
        "input_size": 32,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
        "licence": "Apache-2.0",
        "sha256": digest,
        **extra,
    }
    path.with_suffix(".json").write_text(json.dumps(description), encoding="utf-8")
    return path


def write_transformers_folder(directory: Path, *, seed: int = 0) -> Path:
    """Write ``config.json``, the tokenizer's files and ``model.safetensors`` and return the folder."""
    directory.mkdir(parents=True, exist_ok=True)
    backbone = tiny_text_model(seed=seed)
    config = json.dumps(backbone.config["config"])
    (directory / "config.json").write_text(config, encoding="utf-8")
    backbone.save_assets(directory)
    write_weights(backbone.native_state_dict(), directory / "model.safetensors")
    return directory


def write_masked_lm_folder(directory: Path, *, kind: str = "bert", seed: int = 0, **settings: Any) -> Any:
    """Write an encoder of two layers with its masked-language head as hubs do and return the network.

    Parameters
    ----------
    kind
        Model type of transformers. Tensors that are tied to another are left out of the file.
    settings
        What the configuration needs beside the sizes that most of them share.
    """
    directory.mkdir(parents=True, exist_ok=True)
    config = AutoConfig.for_model(kind, **_TINY_ENCODER, **settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: Any = AutoModelForMaskedLM.from_config(config, trust_remote_code=False, dtype=torch.float32)
    network.eval()
    (directory / "config.json").write_text(json.dumps(config.to_dict()), encoding="utf-8")
    tiny_tokenizer().save(directory)
    save_masked_lm(network, directory)
    return network


def save_masked_lm(network: Any, directory: Path) -> None:
    """Write a network's weights without those that are tied to another."""
    tied = set(getattr(network, "_tied_weights_keys", None) or ())
    state = {name: value for name, value in network.state_dict().items() if name not in tied}
    write_weights(state, directory / "model.safetensors")


def write_hub_cache(cache: Path, repository: str, commit: str) -> Path:
    """Make the folders of one repository in a Hugging Face hub cache and return its snapshot folder, empty."""
    root = cache / f"models--{repository.replace('/', '--')}"
    (root / "refs").mkdir(parents=True, exist_ok=True)
    (root / "refs" / "main").write_text(commit, encoding="utf-8")
    snapshot = root / "snapshots" / commit
    snapshot.mkdir(parents=True, exist_ok=True)
    return snapshot
