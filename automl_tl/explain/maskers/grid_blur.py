"""GridBlur: a picture cut into equal patches."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.explain.maskers.pixels import BLURRED, PixelMasker

__all__ = ["GridBlur", "grid_for"]

_COARSER = (7, 6, 5, 4)


def grid_for(height: int, width: int) -> tuple[int, int]:
    """Return (rows, columns) of patches: 7 x 7 where the model's input divides by 7 (224), else 8 x 8.

    Patches are then aligned with those of vision transformers. Never more patches than pixels.
    """
    patches = 7 if min(height, width) % 7 == 0 else 8
    return min(patches, height), min(patches, width)


class GridBlur(PixelMasker):
    """A prepared picture (3, H, W) in ``grid`` rows and columns of patches, None for :func:`grid_for`."""

    def __init__(
        self, pixels: torch.Tensor, grid: tuple[int, int] | None = None, *, hidden: str = BLURRED
    ) -> None:
        height, width = pixels.shape[1:]
        rows, columns = grid or grid_for(height, width)
        names = tuple(f"row {r + 1}, column {c + 1}" for r in range(rows) for c in range(columns))
        super().__init__(pixels, _patches(height, width, rows, columns), names, hidden=hidden)
        self.grid = (rows, columns)

    def coarser(self, n_features: int) -> GridBlur | None:
        """Return the picture in the largest grid of at most ``n_features`` patches, but never below 4 x 4."""
        if self.n_features <= n_features:
            return self
        height, width = self.pixels.shape[1:]
        grids = [(min(side, height), min(side, width)) for side in _COARSER]
        grid = next((grid for grid in grids if grid[0] * grid[1] <= n_features), grids[-1])
        return None if grid == self.grid else GridBlur(self.pixels, grid, hidden=self.baseline)


def _patches(height: int, width: int, rows: int, columns: int) -> NDArray[np.int64]:
    """Return the patch of every pixel; patches differ by at most one pixel where the side does not divide."""
    down = np.arange(height, dtype=np.int64) * rows // height
    across = np.arange(width, dtype=np.int64) * columns // width
    return down[:, None] * columns + across
