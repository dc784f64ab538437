"""Mix each image of a batch with another one: mixup and CutMix.

Zhang et al., mixup: Beyond Empirical Risk Minimization, ICLR 2018; Yun et al., CutMix: Regularization Strategy to
Train Strong Classifiers with Localizable Features, ICCV 2019. The loss of a mixture is the mixture of the losses:
for cross-entropy that is the loss against mixed labels, and no labels need to be mixed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from automl_tl.finetune.recipe import Recipe
from automl_tl.zoo.backbone import Batch

__all__ = ["Mixture", "mix"]


@dataclass(frozen=True)
class Mixture:
    """A batch whose example i is ``share`` of itself and the rest of example ``partners[i]``.

    ``partners`` is int64 (B,) on the CPU; ``share`` lies in [0, 1] and is 1 where nothing was mixed.
    """

    batch: Batch
    partners: torch.Tensor
    share: float


def mix(batch: Batch, recipe: Recipe, generator: torch.Generator) -> Mixture:
    """Mix a batch of images as the recipe says; texts come back as they are."""
    size = len(next(iter(batch.values())))
    kinds = [kind for kind, alpha in (("mixup", recipe.mixup), ("cutmix", recipe.cutmix)) if alpha > 0]
    if "pixels" not in batch or not kinds:
        return Mixture(batch, torch.arange(size), 1.0)
    kind = kinds[int(torch.randint(len(kinds), (1,), generator=generator))]
    share = _beta(recipe.mixup if kind == "mixup" else recipe.cutmix, generator)
    partners = torch.randperm(size, generator=generator)
    pixels = batch["pixels"]
    others = pixels[partners.to(pixels.device)]
    if kind == "mixup":
        return Mixture({**batch, "pixels": torch.lerp(others, pixels, share)}, partners, share)
    mixed, share = _paste(pixels, others, share, generator)
    return Mixture({**batch, "pixels": mixed}, partners, share)


def _paste(
    pixels: torch.Tensor, others: torch.Tensor, share: float, generator: torch.Generator
) -> tuple[torch.Tensor, float]:
    """Return images with a rectangle of the others, and the share of the image that was left."""
    height, width = pixels.shape[-2:]
    side = math.sqrt(1 - share)
    row, column = torch.rand(2, generator=generator).tolist()
    top, bottom = _span(row, side, height)
    left, right = _span(column, side, width)
    mixed = pixels.clone()
    mixed[:, :, top:bottom, left:right] = others[:, :, top:bottom, left:right]
    return mixed, 1 - (bottom - top) * (right - left) / (height * width)


def _span(centre: float, side: float, length: int) -> tuple[int, int]:
    """Return the pixels of a span of ``side * length`` around a place, cut off at the border."""
    middle, half = centre * length, side * length / 2
    return max(0, round(middle - half)), min(length, round(middle + half))


def _beta(alpha: float, generator: torch.Generator) -> float:
    """Draw from Beta(alpha, alpha)."""
    seed = int(torch.randint(1 << 62, (1,), generator=generator))
    return float(np.random.default_rng(seed).beta(alpha, alpha))
