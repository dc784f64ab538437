"""Random changes of preprocessed images, drawn from a seeded CPU generator so that every device sees the same.

Shifts, scale and brightness keep what almost every label means; flips do not (b and d), so they are a choice.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from automl_tl.zoo.backbone import Batch

__all__ = ["augment"]

_SHIFT = 0.10
_SCALE = 0.10
_ROTATION = 0.12
_CONTRAST = 0.15
_BRIGHTNESS = 0.15


def augment(batch: Batch, kind: str, generator: torch.Generator) -> Batch:
    """Return a batch whose ``pixels`` (B, 3, H, W) are changed at random; texts come back as they are.

    ``light`` shifts by up to 10 % of the side, scales by up to 10 %, turns by up to 7 degrees and changes contrast
    and brightness by up to 15 % of a standard deviation; ``flip`` also mirrors half of the images.
    """
    pixels = batch.get("pixels")
    if kind == "none" or pixels is None:
        return batch
    changed = _move(pixels, generator, mirror=kind == "flip")
    return {**batch, "pixels": _relight(changed, generator)}


def _move(pixels: torch.Tensor, generator: torch.Generator, *, mirror: bool) -> torch.Tensor:
    n = len(pixels)
    zoom = 1 + _uniform(n, _SCALE, generator)
    angle = _uniform(n, _ROTATION, generator)
    sign = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0) if mirror else torch.ones(n)
    shift = torch.stack([_uniform(n, 2 * _SHIFT, generator), _uniform(n, 2 * _SHIFT, generator)], dim=1)
    cosine, sine = angle.cos() * zoom, angle.sin() * zoom
    rows = (torch.stack([cosine * sign, -sine], dim=1), torch.stack([sine * sign, cosine], dim=1))
    theta = torch.cat([torch.stack(rows, dim=1), shift[:, :, None]], dim=2)
    grid = F.affine_grid(theta.to(pixels.device), list(pixels.shape), align_corners=False)
    return F.grid_sample(pixels, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _relight(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    n = len(pixels)
    contrast = (1 + _uniform(n, _CONTRAST, generator)).to(pixels.device)[:, None, None, None]
    brightness = _uniform(n, _BRIGHTNESS, generator).to(pixels.device)[:, None, None, None]
    middle = pixels.mean(dim=(1, 2, 3), keepdim=True)
    return middle + (pixels - middle) * contrast + brightness


def _uniform(n: int, half_width: float, generator: torch.Generator) -> torch.Tensor:
    return (2 * torch.rand(n, generator=generator) - 1) * half_width
