"""At which precision a probe computes, so that it is fast and its embeddings can be trusted."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from automl_tl.errors import InvalidInput
from automl_tl.zoo.backbone import Backbone

__all__ = ["BFLOAT16", "FLOAT32", "choose_precision", "computing_in", "multiplies_bfloat16"]

FLOAT32 = "float32"
BFLOAT16 = "bfloat16"

_AUTOMATIC = "auto"
_LARGE = 1_000_000


def choose_precision(asked: str, backbone: Backbone, device: torch.device) -> str:
    """Return ``float32`` or ``bfloat16``.

    ``auto`` is bfloat16 on CUDA. On a CPU it is bfloat16 if all of this holds; figures are of one core of a Xeon.

    - The CPU multiplies bfloat16 matrices in tiles (AMX). That made MiniLM 2.4 to 3.3 times, vision transformers
      1.8 to 2.6 times as fast; with AVX512-BF16 alone both took 1.4 to 1.7 times as long as in float32.
    - The network has no batch normalisation. Others keep their residual stream in float32, and embeddings move by
      less than 4 % of their spread; in convolutional networks, whose every map is rounded, by up to 12 %.
    - It has a million parameters: smaller ones take seconds either way.

    Raises
    ------
    InvalidInput
        If ``asked`` is none of ``auto``, ``float32`` and ``bfloat16``.
    """
    if asked in (FLOAT32, BFLOAT16):
        return asked
    if asked != _AUTOMATIC:
        raise InvalidInput(
            f"precision must be {_AUTOMATIC}, {FLOAT32} or {BFLOAT16} but got {asked!r}", field="precision"
        )
    if device.type == "cuda":
        return BFLOAT16
    large = sum(parameter.numel() for parameter in backbone.parameters()) >= _LARGE
    rounded = any(isinstance(module, _BatchNorm) for module in backbone.modules())
    return BFLOAT16 if large and not rounded and device.type == "cpu" and _has_tiles() else FLOAT32


def multiplies_bfloat16(device: torch.device) -> bool:
    """Return whether the device multiplies bfloat16 matrices faster than float32: CUDA, or a CPU with tiles."""
    return device.type == "cuda" or (device.type == "cpu" and _has_tiles())


def computing_in(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Return the context of a forward pass; weights stay in float32 and are rounded as they are used."""
    return nullcontext() if precision == FLOAT32 else torch.autocast(device.type, dtype=torch.bfloat16)


@lru_cache(maxsize=1)
def _has_tiles() -> bool:
    found = torch.cpu.get_capabilities()
    return bool(found.get("amx_tile") and found.get("amx_bf16") and torch.backends.mkldnn.is_available())
