"""Candidates for the truth bench from real weights: image models at 96 px, a text encoder's first layers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file

__all__ = ["make_candidates"]

_SIDE = 96
_ASSETS = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "special_tokens_map.json",
    "sentence_bert_config.json",
)


def make_candidates(weights: Path, out: Path) -> Path:
    """Lay out candidates below ``out`` as directories of local models and return it; what is there is kept.

    Parameters
    ----------
    weights
        Folder with pairs NAME.safetensors + NAME.json (timm) and folders in transformers' layout.
    """
    out.mkdir(parents=True, exist_ok=True)
    for described in sorted(weights.glob("*.json")):
        if described.with_suffix(".safetensors").is_file():
            _smaller_input(described, out)
    for encoder in sorted(path.parent for path in weights.glob("*/config.json")):
        for layers in range(1, 1 + int(json.loads((encoder / "config.json").read_text())["num_hidden_layers"])):
            _first_layers(encoder, layers, out)
    return out


def _smaller_input(described: Path, out: Path) -> None:
    """Copy a timm pair with an input of 96 px, the size of the benchmark's photographs."""
    target = out / f"{described.stem}-{_SIDE}px.safetensors"
    if not target.is_file():
        facts = json.loads(described.read_text()) | {"input_size": _SIDE}
        target.with_suffix(".json").write_text(json.dumps(facts))
        shutil.copyfile(described.with_suffix(".safetensors"), target)


def _first_layers(encoder: Path, layers: int, out: Path) -> None:
    """Write an encoder that consists of the embedding and the first ``layers`` layers."""
    target = out / f"{encoder.name}-first{layers}"
    if (target / "model.safetensors").is_file():
        return
    target.mkdir(exist_ok=True)
    for name in _ASSETS:
        if (encoder / name).is_file():
            shutil.copyfile(encoder / name, target / name)
    config = json.loads((encoder / "config.json").read_text()) | {"num_hidden_layers": layers}
    (target / "config.json").write_text(json.dumps(config))
    later = tuple(f"encoder.layer.{number}." for number in range(layers, config["num_hidden_layers"] + 100))
    state = load_file(encoder / "model.safetensors")
    kept = {name: value for name, value in state.items() if not name.startswith(later)}
    save_file(kept, target / "model.safetensors", metadata={"format": "pt"})
