"""Fingerprints of source domains as safetensors files."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.card import Fingerprint
from automl_tl.zoo.weights import read_weights, write_weights

__all__ = ["read_fingerprint", "write_fingerprint"]


def write_fingerprint(fingerprint: Fingerprint, path: Path, *, half: bool = False) -> None:
    """Write ``mean`` (D,), ``covariance`` (D, D) and ``count`` (1,); ``half`` stores the moments in float16."""
    tensors = {
        "mean": torch.as_tensor(fingerprint.mean),
        "covariance": torch.as_tensor(fingerprint.covariance),
        "count": torch.tensor([fingerprint.count]),
    }
    write_weights(tensors, path, half=half)


def read_fingerprint(path: Path) -> Fingerprint:
    """Read what :func:`write_fingerprint` wrote; raises ModelUnavailable naming the first key that is off."""
    tensors = read_weights(path).tensors
    for key in ("mean", "covariance", "count"):
        if key not in tensors:
            raise ModelUnavailable(f"{path.name} lacks {key!r}; a fingerprint has mean, covariance and count")
    mean, covariance = tensors["mean"], tensors["covariance"]
    _check_shape(path, "mean", mean, (mean.numel(),))
    _check_shape(path, "covariance", covariance, (mean.numel(), mean.numel()))
    return Fingerprint(mean.numpy(), covariance.numpy(), int(tensors["count"].reshape(-1)[0]))


def _check_shape(path: Path, key: str, tensor: Tensor, wanted: tuple[int, ...]) -> None:
    if tuple(tensor.shape) != wanted:
        message = f"{path.name}: {key!r} has shape {tuple(tensor.shape)} but must have {wanted}"
        raise ModelUnavailable(message, field=key)
