"""The only place that opens weight files. Safetensors only: no pickle is ever read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from automl_tl.errors import ModelUnavailable
from automl_tl.names import digest_file, digest_json

__all__ = ["Weights", "find_weight_files", "read_weights", "write_weights"]

SINGLE_FILE = "model.safetensors"
SHARD_INDEX = "model.safetensors.index.json"


@dataclass(frozen=True)
class Weights:
    """Tensors by name on the CPU, floating point in float32, and the SHA-256 of the bytes they came from."""

    tensors: dict[str, torch.Tensor]
    digest: str


def read_weights(files: Path | Sequence[Path], *, expected_digest: str = "") -> Weights:
    """Read one safetensors file, or the shards of one model.

    Parameters
    ----------
    files
        The file or files.
    expected_digest
        SHA-256 that a readable source states for a single file; "" checks nothing.

    Raises
    ------
    ModelUnavailable
        If a file is missing, damaged or not safetensors, has another digest, or a tensor holds NaN or
        infinity; names the file and the first offending key.
    """
    paths = [files] if isinstance(files, Path) else list(files)
    tensors: dict[str, torch.Tensor] = {}
    for path in paths:
        tensors.update(_read_file(path))
    digests = [digest_file(path) for path in paths]
    digest = digests[0] if len(digests) == 1 else digest_json(digests)
    if expected_digest and digest != expected_digest.lower():
        raise ModelUnavailable(
            f"{paths[0].name} has SHA-256 {digest} but its description says {expected_digest}; fetch it again",
            field="sha256",
        )
    return Weights(tensors, digest)


def write_weights(tensors: Mapping[str, torch.Tensor], path: Path, *, half: bool = False) -> str:
    """Write tensors as safetensors and return the file's SHA-256; ``half`` stores floats in float16."""
    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    if half:
        kept = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in kept.items()}
    save_file(kept, path)
    return digest_file(path)


def find_weight_files(directory: Path) -> list[Path]:
    """Return ``model.safetensors`` or the shards its index lists; raises ModelUnavailable without either."""
    single, index = directory / SINGLE_FILE, directory / SHARD_INDEX
    if single.is_file():
        return [single]
    if not index.is_file():
        raise ModelUnavailable(
            f"there is no {SINGLE_FILE}; other weight formats can run code when opened and are refused",
            field=SINGLE_FILE,
        )
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, AttributeError, TypeError):
        raise ModelUnavailable(f"{SHARD_INDEX} is damaged", field=SHARD_INDEX) from None
    for name in names:
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise ModelUnavailable(f"{SHARD_INDEX} names {name!r}, which is not a safetensors file beside it")
    return [directory / name for name in names]


def _read_file(path: Path) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise ModelUnavailable(f"the weight file {path.name} is missing", field=path.name)
    try:
        raw = load_file(path, device="cpu")
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise ModelUnavailable(f"{path.name} is damaged or not safetensors: {error}", field=path.name) from None
    tensors = {key: value.float() if value.is_floating_point() else value for key, value in raw.items()}
    for key, value in tensors.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise ModelUnavailable(f"{path.name}: the tensor {key!r} holds NaN or infinity", field=key)
    return tensors
