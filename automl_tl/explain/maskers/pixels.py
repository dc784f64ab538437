"""Regions of a picture as features: a hidden region shows the blurred picture, or its mean colour."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.explain.maskers.base import MaskedBatch, Masker, shown_on

__all__ = ["BLURRED", "MEAN_COLOUR", "PixelMasker", "blurred"]

BLURRED = "blurred image"
MEAN_COLOUR = "mean colour"
_BLUR_FRACTION = 0.12


class PixelMasker(Masker):
    """A picture as the model sees it, cut into regions.

    Parameters
    ----------
    pixels
        float (3, H, W): the prepared input, resized, cropped and normalised; on the device of the model.
    regions
        int64 (H, W): which feature each pixel belongs to.
    names
        F names for people.
    hidden
        ``blurred image`` or ``mean colour``.
    """

    def __init__(
        self, pixels: torch.Tensor, regions: NDArray[np.int64], names: tuple[str, ...], *, hidden: str = BLURRED
    ) -> None:
        self.pixels = pixels
        self.regions = regions
        self.feature_names = names
        self.baseline = hidden
        self.hidden = blurred(pixels) if hidden == BLURRED else _mean_colour(pixels)
        self._owner = torch.from_numpy(regions).to(pixels.device)
        # Channels last: networks of convolutions are faster on it, and no copy is needed to get there.
        self._shown = pixels.permute(1, 2, 0).contiguous()
        self._behind = self.hidden.permute(1, 2, 0).contiguous()

    def batch(self, masks: NDArray[np.bool_]) -> MaskedBatch:
        """Return ``pixels`` (B, 3, H, W)."""
        visible = shown_on(self._owner.device, masks)[:, self._owner].unsqueeze(-1)
        return {"pixels": torch.where(visible, self._shown, self._behind).permute(0, 3, 1, 2)}

    def other_baseline(self) -> Masker | None:
        """Return the same regions with the mean colour behind them, or blurred where it was the mean colour."""
        other = PixelMasker(
            self.pixels,
            self.regions,
            self.feature_names,
            hidden=MEAN_COLOUR if self.baseline == BLURRED else BLURRED,
        )
        other.grid = self.grid
        return other


def blurred(pixels: torch.Tensor) -> torch.Tensor:
    """Return the picture (3, H, W) after a Gaussian blur with a deviation of 12 % of the shorter side.

    At the border the kernel is cut off and weighted anew, so that no colour comes in from outside.
    """
    height, width = pixels.shape[1:]
    deviation = max(1.0, _BLUR_FRACTION * min(height, width))
    rows, columns = (_kernel(side, deviation).to(pixels) for side in (height, width))
    return rows @ pixels @ columns.T


def _kernel(side: int, deviation: float) -> torch.Tensor:
    places = torch.arange(side, dtype=torch.float64)
    weights = torch.exp(-0.5 * ((places[:, None] - places) / deviation) ** 2)
    return weights / weights.sum(dim=1, keepdim=True)


def _mean_colour(pixels: torch.Tensor) -> torch.Tensor:
    return pixels.mean(dim=(1, 2), keepdim=True).expand_as(pixels)
