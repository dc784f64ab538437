"""Fingerprints of source domains: made from embeddings, kept as safetensors files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from automl_tl.errors import InvalidInput, ModelUnavailable
from automl_tl.zoo.card import Fingerprint
from automl_tl.zoo.weights import read_weights, write_weights

__all__ = ["make_fingerprint", "read_fingerprint", "write_fingerprint"]

_SAMPLE = 256
"""Embeddings that a fingerprint keeps: with 256 dimensions its file stays below 300 kB."""


def make_fingerprint(
    embeddings: NDArray[np.float32], labels: NDArray[np.int64] | None = None, *, seed: int = 0
) -> Fingerprint:
    """Return the fingerprint of a source domain.

    Parameters
    ----------
    embeddings
        float (N, D), N >= 2, finite; the covariance is divided by N - 1.
    labels
        int64 (N,) source classes, negative where unknown; None leaves the prototypes out.
    seed
        Decides which examples are kept as the sample of at most 256.

    Raises
    ------
    InvalidInput
        If there are fewer than two embeddings or one of them is not finite.
    """
    exact = np.asarray(embeddings, dtype=np.float64)
    if exact.ndim != 2 or len(exact) < 2 or not np.isfinite(exact).all():
        raise InvalidInput(
            f"a fingerprint needs two or more finite embeddings (N, D) but got shape {exact.shape}", field="data"
        )
    kept = np.random.default_rng(seed).choice(len(exact), min(_SAMPLE, len(exact)), replace=False)
    prototypes, counts = (None, None) if labels is None else _prototypes(exact, np.asarray(labels))
    return Fingerprint(
        mean=exact.mean(axis=0).astype(np.float32),
        covariance=np.atleast_2d(np.cov(exact, rowvar=False)).astype(np.float32),
        count=len(exact),
        sample=exact[np.sort(kept)].astype(np.float32),
        prototypes=prototypes,
        prototype_counts=counts,
    )


def write_fingerprint(fingerprint: Fingerprint, path: Path, *, half: bool = False) -> None:
    """Write a fingerprint; ``half`` stores the moments in float16.

    The keys are ``mean`` (D,), ``covariance_upper`` (D (D + 1) / 2,; rows of the upper triangle), ``count`` (1,)
    and, where known, ``sample`` (M, D), ``prototypes`` (K, D) and ``prototype_counts`` (K,). Sample and prototypes
    are stored in float16 where that keeps three digits.
    """
    upper = np.triu_indices(len(fingerprint.mean))
    tensors = {
        "mean": torch.as_tensor(fingerprint.mean),
        "covariance_upper": torch.as_tensor(fingerprint.covariance[upper]),
        "count": torch.tensor([fingerprint.count]),
    }
    if fingerprint.sample is not None:
        tensors["sample"] = _compact(fingerprint.sample)
    if fingerprint.prototypes is not None and fingerprint.prototype_counts is not None:
        tensors["prototypes"] = _compact(fingerprint.prototypes)
        tensors["prototype_counts"] = torch.as_tensor(fingerprint.prototype_counts)
    write_weights(tensors, path, half=half)


def read_fingerprint(path: Path) -> Fingerprint:
    """Read what :func:`write_fingerprint` wrote, or a file with the whole ``covariance`` (D, D).

    Raises
    ------
    ModelUnavailable
        Naming the first key that is missing or misshapen.
    """
    tensors = read_weights(path).tensors
    if "covariance_upper" not in tensors and "covariance" not in tensors:
        raise ModelUnavailable(f"{path.name} lacks 'covariance'; a fingerprint has mean, covariance and count")
    for key in ("mean", "count"):
        if key not in tensors:
            raise ModelUnavailable(f"{path.name} lacks {key!r}; a fingerprint has mean, covariance and count")
    mean = tensors["mean"]
    size = mean.numel()
    _check_shape(path, "mean", mean, (size,))
    sample, prototypes = tensors.get("sample"), tensors.get("prototypes")
    counts = tensors.get("prototype_counts")
    if sample is not None:
        _check_shape(path, "sample", sample, (sample.shape[0] if sample.ndim else 0, size))
    if prototypes is not None:
        _check_shape(path, "prototypes", prototypes, (prototypes.shape[0] if prototypes.ndim else 0, size))
        if counts is None:
            raise ModelUnavailable(f"{path.name} has prototypes but lacks 'prototype_counts'")
        _check_shape(path, "prototype_counts", counts, (len(prototypes),))
    return Fingerprint(
        mean=mean.numpy(),
        covariance=_covariance(path, tensors, size),
        count=int(tensors["count"].reshape(-1)[0]),
        sample=None if sample is None else sample.numpy(),
        prototypes=None if prototypes is None else prototypes.numpy(),
        prototype_counts=None if prototypes is None or counts is None else counts.long().numpy(),
    )


def _prototypes(
    embeddings: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float32] | None, NDArray[np.int64] | None]:
    known = labels >= 0
    if not known.any():
        return None, None
    _, classes, counts = np.unique(labels[known], return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), embeddings.shape[1]))
    np.add.at(sums, classes, embeddings[known])
    return (sums / counts[:, None]).astype(np.float32), counts.astype(np.int64)


def _compact(values: NDArray[np.float32]) -> Tensor:
    """Return the values in float16 unless one would overflow or lose more than its fourth digit to the largest."""
    exact = torch.as_tensor(values)
    half = exact.half()
    close = torch.allclose(half.float(), exact, rtol=1e-3, atol=1e-4 * float(exact.abs().max()))
    return half if close else exact


def _covariance(path: Path, tensors: Mapping[str, Tensor], size: int) -> NDArray[np.float32]:
    if "covariance_upper" in tensors:
        packed = tensors["covariance_upper"]
        _check_shape(path, "covariance_upper", packed, (size * (size + 1) // 2,))
        covariance = np.zeros((size, size), np.float32)
        rows, columns = np.triu_indices(size)
        covariance[rows, columns] = covariance[columns, rows] = packed.numpy()
        return covariance
    _check_shape(path, "covariance", tensors["covariance"], (size, size))
    whole: NDArray[np.float32] = tensors["covariance"].numpy()
    return whole


def _check_shape(path: Path, key: str, tensor: Tensor, wanted: tuple[int, ...]) -> None:
    if tuple(tensor.shape) != wanted:
        message = f"{path.name}: {key!r} has shape {tuple(tensor.shape)} but must have {wanted}"
        raise ModelUnavailable(message, field=key)
