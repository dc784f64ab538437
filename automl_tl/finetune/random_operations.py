"""RandAugment and TrivialAugment on preprocessed images.

Cubuk et al., RandAugment: Practical Automated Data Augmentation with a Reduced Search Space, 2019: two operations
of one strength for every image. Müller & Hutter, TrivialAugment: Tuning-free Yet State-of-the-Art Data
Augmentation, ICCV 2021: one operation of a strength drawn anew; here from RandAugment's space, whose shifts grow
with the image, while those of the "wide" space push a picture of 32 pixels out of its frame.
"""

from __future__ import annotations

import torch
from torchvision.transforms import v2

from automl_tl.zoo.card import ImageInput

__all__ = ["RandomOperations"]

_BINS = 31
_OPERATIONS = 2


class RandomOperations:
    """Changes each image by operations that torch's global generator draws.

    Parameters
    ----------
    shape
        Whose mean and standard deviation turn pixels back into intensities of 0 to 255.
    strength
        In [0, 30]; None draws one per image and applies one operation.
    """

    def __init__(self, shape: ImageInput, strength: float | None) -> None:
        self._mean = torch.tensor(shape.mean)[:, None, None]
        self._std = torch.tensor(shape.std)[:, None, None]
        bins = range(_BINS) if strength is None else [round(strength)]
        count = 1 if strength is None else _OPERATIONS
        self._operations = [v2.RandAugment(count, magnitude, _BINS) for magnitude in bins]

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return normalised pixels float32 (B, 3, H, W), each image changed in its own way."""
        mean, std = self._mean.to(pixels), self._std.to(pixels)
        intensities = ((pixels * std + mean) * 255).round().clamp(0, 255).to(torch.uint8)
        drawn = torch.randint(len(self._operations), (len(pixels),)).tolist()
        changed = [self._operations[which](image) for which, image in zip(drawn, intensities, strict=True)]
        return (torch.stack(changed).to(pixels) / 255 - mean) / std
