"""Image patches as features: a hidden patch shows the blurred image."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from automl_tl.explain.game import Game
from automl_tl.explain.model import ExplainableModel

__all__ = ["LARGEST_SIDE", "PatchGame", "grid_for", "preview_png", "to_rgb_uint8"]

LARGEST_SIDE = 512
"""Larger images are reduced to this many pixels first; models see at most about that much of them anyway."""

_PREVIEW_SIDE = 160
_COARSER = (7, 6, 5, 4)
_BLUR_FRACTION = 0.12


def grid_for(height: int, width: int, model_side: int = 0) -> tuple[int, int]:
    """Return (rows, columns) of patches: 7 x 7 where the model's input divides by 7 (224), else 8 x 8.

    Never more patches than pixels.
    """
    side = model_side or min(height, width)
    patches = 7 if side % 7 == 0 else 8
    return min(patches, height), min(patches, width)


def to_rgb_uint8(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Return an image as uint8 (H, W, 3); float images are read as [0, 1] if no value exceeds 1, else [0, 255]."""
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    values = image.astype(np.float64)
    scale = 255.0 if values.size and values.max() <= 1.0 else 1.0
    return np.clip(np.rint(values * scale), 0, 255).astype(np.uint8)


def preview_png(image: NDArray[np.generic]) -> bytes:
    """Return a small PNG of the image, at most 160 pixels wide and high; small images keep their own size."""
    picture = _shrink(to_rgb_uint8(image), _PREVIEW_SIDE)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


class PatchGame(Game):
    """One image cut into a grid of patches.

    Parameters
    ----------
    model
        Gives logits for images.
    image
        uint8 (H, W, 3), or float as :func:`to_rgb_uint8` reads it.
    grid
        (rows, columns), or None for :func:`grid_for`.
    """

    def __init__(
        self, model: ExplainableModel, image: NDArray[np.generic], grid: tuple[int, int] | None = None
    ) -> None:
        self._model = model
        self._image = image
        self._shown = _shrink(to_rgb_uint8(image), LARGEST_SIDE)
        self._hidden = _blur(self._shown)
        height, width = self._shown.shape[:2]
        self.grid = grid or grid_for(height, width, _model_side(model))
        self.baseline = "blurred image"
        rows, columns = self.grid
        self.feature_names = tuple(f"row {r + 1}, column {c + 1}" for r in range(rows) for c in range(columns))
        # Patch index of every pixel; patches differ by at most one pixel where the side does not divide.
        self._patch = (np.arange(height) * rows // height)[:, None] * columns + np.arange(width) * columns // width

    def value(self, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the logits of images in which only the patches of each mask are sharp."""
        return np.asarray(self._model.logits(self.pictures(masks)), dtype=np.float64)

    def at_most(self, n_features: int) -> PatchGame:
        """Return the same image in a coarser grid of at most ``n_features`` patches, but never below 4 x 4."""
        if self.n_features <= n_features:
            return self
        height, width = self._shown.shape[:2]
        grids = [(min(side, height), min(side, width)) for side in _COARSER]
        grid = next((grid for grid in grids if grid[0] * grid[1] <= n_features), grids[-1])
        return PatchGame(self._model, self._image, grid)

    def pictures(self, masks: NDArray[np.bool_]) -> list[NDArray[np.uint8]]:
        """Return the composed images, uint8 (H, W, 3), one per mask."""
        return [np.where(mask[self._patch][:, :, None], self._shown, self._hidden) for mask in masks]


def _model_side(model: ExplainableModel) -> int:
    size = getattr(getattr(getattr(model.backbone, "card", None), "input", None), "size", None)
    return int(min(size)) if size else 0


def _blur(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    radius = max(1.0, _BLUR_FRACTION * min(image.shape[:2]))
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius)))


def _shrink(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    if max(height, width) <= side:
        return image
    factor = side / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
