"""Blot out a rectangle of some images. Zhong et al., Random Erasing Data Augmentation, AAAI 2020."""

from __future__ import annotations

import math

import torch

__all__ = ["erase"]

_SMALLEST, _LARGEST = 0.02, 1 / 3
_NARROWEST = 0.3


def erase(pixels: torch.Tensor, probability: float, generator: torch.Generator) -> torch.Tensor:
    """Return pixels (B, 3, H, W) in which each image has lost a rectangle with this probability.

    The rectangle covers 2 to 33 % of the image with sides of 3 : 10 to 10 : 3 and becomes zero, which is the mean
    colour of normalised pixels.
    """
    changed = pixels.clone()
    height, width = pixels.shape[-2:]
    for index in range(len(pixels)):
        chosen, share, shape, top, left = torch.rand(5, generator=generator).tolist()
        if chosen >= probability:
            continue
        area = (_SMALLEST + share * (_LARGEST - _SMALLEST)) * height * width
        ratio = math.exp((2 * shape - 1) * math.log(_NARROWEST))
        rows = max(1, min(height, round(math.sqrt(area * ratio))))
        columns = max(1, min(width, round(math.sqrt(area / ratio))))
        first, start = int(top * (height - rows + 1)), int(left * (width - columns + 1))
        changed[index, :, first : first + rows, start : start + columns] = 0
    return changed
