"""Pictures of any kind as RGB, and small ones for reports."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from automl_tl.explain.base import Explanation

__all__ = ["as_seen", "picture_of", "preview_png", "regions_of", "spread_over", "to_rgb_uint8"]

_PREVIEW_SIDE = 160


def to_rgb_uint8(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Return an image as uint8 (H, W, 3); float images are read as [0, 1] if no value exceeds 1, else [0, 255].

    Grey images, (H, W) or (H, W, 1), become RGB; transparent parts of (H, W, 4) turn white.
    """
    if image.ndim == 2:
        image = image[:, :, None]
    if image.shape[2] in (1, 2):
        image = np.repeat(image[:, :, :1], 3, axis=2)
    values: NDArray[Any] = image if image.dtype == np.uint8 else _to_bytes(image)
    if values.shape[2] == 4:
        opaque = values[:, :, 3:].astype(np.float64) / 255
        values = np.rint(values[:, :, :3] * opaque + 255 * (1 - opaque)).astype(np.uint8)
    return np.ascontiguousarray(values, dtype=np.uint8)


def as_seen(pixels: NDArray[np.floating], backbone: Any) -> NDArray[np.uint8]:
    """Return a prepared input (3, H, W) as the picture uint8 (H, W, 3) that it stands for.

    Without a card that says how it was normalised, its own range is stretched.
    """
    wanted = getattr(getattr(backbone, "card", None), "input", None)
    values = pixels.astype(np.float64).transpose(1, 2, 0)
    if wanted is not None and hasattr(wanted, "mean"):
        values = values * np.asarray(wanted.std) + np.asarray(wanted.mean)
    elif values.size and (values.min() < 0 or values.max() > 1):
        values = (values - values.min()) / max(float(np.ptp(values)), 1e-12)
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


def preview_png(image: NDArray[np.generic], side: int = _PREVIEW_SIDE) -> bytes:
    """Return a small PNG of the image, at most ``side`` pixels wide and high; small images keep their own size."""
    picture = _shrink(to_rgb_uint8(image), side)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def picture_of(entry: Explanation) -> NDArray[np.uint8]:
    """Return the small picture uint8 (H, W, 3) of an explanation that has one."""
    assert entry.preview_png is not None
    return np.asarray(Image.open(io.BytesIO(entry.preview_png)).convert("RGB"))


def regions_of(entry: Explanation, picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return which feature each pixel of the small picture belongs to, int64 (H, W)."""
    height, width = picture.shape[:2]
    segments = entry.segments
    if segments is None:
        rows, columns = entry.grid or (1, 1)
        segments = np.arange(rows * columns, dtype=np.int64).reshape(rows, columns)
    down, across = (np.arange(side) * segments.shape[axis] // side for axis, side in enumerate((height, width)))
    return segments[down][:, across]


def spread_over(entry: Explanation, picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return contributions (H, W, 3, K): each feature's value shared out evenly to its pixels and channels."""
    regions = regions_of(entry, picture)
    sizes = np.bincount(regions.reshape(-1), minlength=len(entry.values))
    per_pixel = (entry.values / (3 * np.maximum(sizes, 1)[:, None]))[regions]
    return np.repeat(per_pixel[:, :, None, :], 3, axis=2)


def _to_bytes(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    values = np.nan_to_num(image.astype(np.float64))
    scale = 255.0 if values.size and values.max() <= 1.0 else 1.0
    return np.clip(np.rint(values * scale), 0, 255).astype(np.uint8)


def _shrink(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    if max(height, width) <= side:
        return image
    factor = side / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
