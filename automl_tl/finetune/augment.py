"""Random changes of model inputs, drawn from seeded CPU generators so that every device sees the same.

Shifts, scale and brightness keep what almost every label means; flips do not (b and d), so they are a choice.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from automl_tl.finetune.erasing import erase
from automl_tl.finetune.random_operations import RandomOperations
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.token_masking import hide_tokens
from automl_tl.zoo.backbone import Backbone, Batch
from automl_tl.zoo.card import ImageInput

__all__ = ["Augmenter"]

_SHIFT = 0.10
_SCALE = 0.10
_ROTATION = 0.12
_CONTRAST = 0.15
_BRIGHTNESS = 0.15
_SMALLEST_WINDOW = 0.5
_NARROWEST_WINDOW = 3 / 4


class Augmenter:
    """Changes the examples of a batch one by one, as a recipe says.

    ``light`` shifts by up to 10 % of the side, scales by up to 10 %, turns by up to 7 degrees and changes contrast
    and brightness by up to 15 % of a standard deviation; ``flip`` also mirrors half of the images; ``crop`` looks
    at a window of 50 to 100 % of the area with sides of 3 : 4 to 4 : 3, stretched to the full size, and changes
    the light; ``trivial`` and ``randaugment`` are those of :mod:`automl_tl.finetune.random_operations`. Images may
    then lose a rectangle, texts some of their tokens.
    """

    def __init__(self, recipe: Recipe, backbone: Backbone) -> None:
        self._recipe = recipe
        self._mask_token = getattr(backbone, "mask_token_id", None)
        shape = backbone.card.input
        self._operations: RandomOperations | None = None
        if isinstance(shape, ImageInput) and recipe.augment in ("trivial", "randaugment"):
            strength = recipe.magnitude if recipe.augment == "randaugment" else None
            self._operations = RandomOperations(shape, strength)

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch with its ``pixels`` (B, 3, H, W) or ``input_ids`` (B, T) changed at random."""
        if "pixels" in batch:
            return {**batch, "pixels": self._images(batch["pixels"], generator)}
        if "input_ids" in batch and self._recipe.token_masking and self._mask_token is not None:
            return hide_tokens(batch, self._recipe.token_masking, self._mask_token, generator)
        return batch

    def _images(self, pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        kind = self._recipe.augment
        if self._operations is not None:
            pixels = self._operations(pixels)
        elif kind == "crop":
            pixels = _relight(_through(pixels, _window(len(pixels), generator)), generator)
        elif kind in ("light", "flip"):
            pixels = _relight(_through(pixels, _nudge(len(pixels), generator, mirror=kind == "flip")), generator)
        return erase(pixels, self._recipe.erasing, generator) if self._recipe.erasing else pixels


def _nudge(n: int, generator: torch.Generator, *, mirror: bool) -> torch.Tensor:
    """Return affine maps (N, 2, 3) of a small shift, turn and change of scale."""
    zoom = 1 + _uniform(n, _SCALE, generator)
    angle = _uniform(n, _ROTATION, generator)
    sign = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0) if mirror else torch.ones(n)
    shift = torch.stack([_uniform(n, 2 * _SHIFT, generator), _uniform(n, 2 * _SHIFT, generator)], dim=1)
    cosine, sine = angle.cos() * zoom, angle.sin() * zoom
    rows = (torch.stack([cosine * sign, -sine], dim=1), torch.stack([sine * sign, cosine], dim=1))
    return torch.cat([torch.stack(rows, dim=1), shift[:, :, None]], dim=2)


def _window(n: int, generator: torch.Generator) -> torch.Tensor:
    """Return affine maps (N, 2, 3) of a window inside the image; Szegedy et al., Going Deeper, CVPR 2015."""
    area = 1 - (1 - _SMALLEST_WINDOW) * torch.rand(n, generator=generator)
    narrowest = torch.tensor(_NARROWEST_WINDOW).log()
    ratio = (narrowest * (2 * torch.rand(n, generator=generator) - 1)).exp()
    sides = torch.stack([(area * ratio).sqrt(), (area / ratio).sqrt()], dim=1).clamp(max=1.0)
    centre = (2 * torch.rand(n, 2, generator=generator) - 1) * (1 - sides)
    return torch.cat([torch.diag_embed(sides), centre[:, :, None]], dim=2)


def _through(pixels: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """Return the images as seen through affine maps (N, 2, 3) of their coordinates in [-1, 1]."""
    grid = F.affine_grid(maps.to(pixels.device), list(pixels.shape), align_corners=False)
    return F.grid_sample(pixels, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _relight(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    n = len(pixels)
    contrast = (1 + _uniform(n, _CONTRAST, generator)).to(pixels.device)[:, None, None, None]
    brightness = _uniform(n, _BRIGHTNESS, generator).to(pixels.device)[:, None, None, None]
    middle = pixels.mean(dim=(1, 2, 3), keepdim=True)
    return middle + (pixels - middle) * contrast + brightness


def _uniform(n: int, half_width: float, generator: torch.Generator) -> torch.Tensor:
    return (2 * torch.rand(n, generator=generator) - 1) * half_width
