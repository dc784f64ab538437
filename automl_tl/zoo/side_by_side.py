"""Embeddings of several layers next to each other, none louder than another."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

__all__ = ["side_by_side"]

_TINY = 1e-12


def side_by_side(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the parts (B, D_i) of each row scaled to one length and put next to each other, (B, sum of D_i).

    The root mean square of a row is 1; parts of zeros stay zeros.
    """
    length = math.sqrt(sum(part.shape[1] for part in parts) / len(parts))
    exact = [part.to(torch.promote_types(part.dtype, torch.float32)) for part in parts]
    norms = [torch.rsqrt(part.square().sum(dim=1, keepdim=True) + _TINY) for part in exact]
    return torch.cat([length * norm * part for norm, part in zip(norms, exact, strict=True)], dim=1)
