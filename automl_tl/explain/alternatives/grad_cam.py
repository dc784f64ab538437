"""Grad-CAM: where in the last feature map the evidence for an output lies.

Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", ICCV 2017,
equations 1 and 2. Contributions are never negative and do not add up to the output; in vision transformers the map
often misses what the model uses (measured: no better than random), which is why it never stands alone here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate

from automl_tl.explain.alternatives.gradients import head_tensors
from automl_tl.explain.maskers.base import Masker
from automl_tl.explain.maskers.pixels import PixelMasker
from automl_tl.explain.network import Network
from automl_tl.zoo.card import LAST_LAYER

__all__ = ["GRAD_CAM_EVALUATIONS", "NO_MAP", "grad_cam", "has_grad_cam"]

GRAD_CAM_EVALUATIONS = 3
"""One forward and one backward pass."""

NO_MAP = "Grad-CAM needs a network with a last feature map"

_MAP = 4


def has_grad_cam(masker: Masker, network: Network) -> bool:
    """Return whether this network has a last feature map that its embedding is made of."""
    inside = getattr(network.backbone, "network", None)
    pooled = hasattr(inside, "forward_features") and hasattr(inside, "forward_head")
    last = getattr(network.backbone, "layers", LAST_LAYER) == LAST_LAYER
    return isinstance(masker, PixelMasker) and pooled and last and hasattr(network.head, "weight")


def grad_cam(masker: PixelMasker, network: Network, output: int) -> NDArray[np.float64] | None:
    """Return the mean of the map over each feature, float64 (F,); None if the last feature map is no map."""
    inside: Any = network.backbone.network
    network.backbone.eval()
    with torch.no_grad():
        seen = inside.forward_features(masker.pixels[None])
    if not isinstance(seen, torch.Tensor):
        return None
    seen = seen.detach().requires_grad_(True)
    weight, bias = head_tensors(network)
    with torch.enable_grad():
        told = inside.forward_head(seen, pre_logits=True).flatten(1).float() @ weight.T + bias
        slope = torch.autograd.grad(told[0, output], seen)[0]
    maps, slopes = (_as_map(inside, each.detach()) for each in (seen, slope))
    if maps is None or slopes is None:
        return None
    heat = torch.relu((maps * slopes.mean(dim=(1, 2), keepdim=True)).sum(dim=0))
    whole = interpolate(heat[None, None], size=masker.regions.shape, mode="bilinear", align_corners=False)[0, 0]
    regions = masker.regions.reshape(-1)
    sums = np.bincount(regions, whole.double().cpu().numpy().reshape(-1), minlength=masker.n_features)
    return np.asarray(sums / np.bincount(regions, minlength=masker.n_features), dtype=np.float64)


def _as_map(network: Any, seen: torch.Tensor) -> torch.Tensor | None:
    """Return features (1, C, H, W), (1, H, W, C) or (1, N, C) as a map (C, H, W), None if they are none."""
    if seen.ndim == _MAP:
        return seen[0].permute(2, 0, 1) if getattr(network, "output_fmt", "") == "NHWC" else seen[0]
    if seen.ndim != _MAP - 1:
        return None
    tokens = seen[0, int(getattr(network, "num_prefix_tokens", 0)) :]
    rows, columns = _grid_of(network, len(tokens))
    return tokens.T.reshape(-1, rows, columns) if rows * columns == len(tokens) else None


def _grid_of(network: Any, tokens: int) -> tuple[int, int]:
    known = getattr(getattr(network, "patch_embed", None), "grid_size", None)
    if known is not None and known[0] * known[1] == tokens:
        return int(known[0]), int(known[1])
    side = math.isqrt(tokens)
    return side, side
