"""Superpixels: regions of one colour that follow the edges of what is in the picture.

Achanta et al., "SLIC Superpixels Compared to State-of-the-Art Superpixel Methods", PAMI 2012, on a small copy of
the picture and in the model's normalised colours.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch.nn.functional import interpolate

from automl_tl.explain.maskers.pixels import BLURRED, PixelMasker

__all__ = ["Superpixels", "segment"]

_SIDE = 64
_ITERATIONS = 10
_COMPACTNESS = 0.5
_DEFAULT = 49
_FEWEST = 16


class Superpixels(PixelMasker):
    """A prepared picture (3, H, W) in about ``wanted`` regions."""

    def __init__(self, pixels: torch.Tensor, wanted: int = _DEFAULT, *, hidden: str = BLURRED) -> None:
        height, width = pixels.shape[1:]
        small = interpolate(pixels[None].float(), size=_small(height, width), mode="area")[0]
        self.segments = segment(small.permute(1, 2, 0).cpu().numpy().astype(np.float64), wanted)
        down = np.arange(height) * self.segments.shape[0] // height
        across = np.arange(width) * self.segments.shape[1] // width
        regions = self.segments[down][:, across]
        names = tuple(_place(regions == index) for index in range(int(regions.max()) + 1))
        super().__init__(pixels, regions, names, hidden=hidden)

    def coarser(self, n_features: int) -> Superpixels | None:
        """Return the picture in about ``n_features`` larger regions, but never below 16."""
        if self.n_features <= n_features:
            return self
        fewer = Superpixels(self.pixels, max(int(n_features / 1.3), _FEWEST), hidden=self.baseline)
        return fewer if fewer.n_features < self.n_features else None


def segment(picture: NDArray[np.float64], wanted: int) -> NDArray[np.int64]:
    """Return regions int64 (h, w), numbered from 0 without gaps, of a picture (h, w, channels)."""
    height, width = picture.shape[:2]
    step = max(1.0, math.sqrt(height * width / wanted))
    rows, columns = max(1, round(height / step)), max(1, round(width / step))
    down, across = np.mgrid[0:height, 0:width]
    places = np.stack([down, across], axis=-1) * (_COMPACTNESS / step)
    points = np.concatenate([picture, places], axis=-1).reshape(height * width, -1)
    start = ((down * rows // height) * columns + across * columns // width).reshape(-1)
    owner = start
    for _ in range(_ITERATIONS):
        owner = _nearest(points, owner, rows, columns, start)
    return _connected(owner.reshape(height, width), smallest=max(2, int(step * step / 4)))


def _nearest(
    points: NDArray[np.float64],
    owner: NDArray[np.int64],
    rows: int,
    columns: int,
    start: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return for each point the nearest centre among those that began in its own cell or next to it."""
    count = np.bincount(owner, minlength=rows * columns)
    sums = np.stack([np.bincount(owner, column, minlength=rows * columns) for column in points.T], axis=1)
    centres = sums / np.maximum(count, 1)[:, None]
    best, chosen = np.full(len(points), np.inf), owner.copy()
    row, column = start // columns, start % columns
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            inside = _within(row + down, rows) & _within(column + across, columns)
            candidate = np.where(inside, start + down * columns + across, start)
            distance = ((points - centres[candidate]) ** 2).sum(axis=1)
            nearer = inside & (count[candidate] > 0) & (distance < best)
            best, chosen = np.where(nearer, distance, best), np.where(nearer, candidate, chosen)
    return chosen


def _within(places: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    return np.asarray((places >= 0) & (places < count))


def _connected(owner: NDArray[np.int64], *, smallest: int) -> NDArray[np.int64]:
    """Return connected regions: scraps below ``smallest`` pixels go to the nearest region that is large enough."""
    parts, total = np.zeros_like(owner), 0
    for index in np.unique(owner):
        pieces, n_pieces = ndimage.label(owner == index)
        parts = np.where(pieces > 0, pieces + total, parts)
        total += int(n_pieces)
    sizes = np.bincount(parts.reshape(-1), minlength=total + 1)
    large = sizes[parts] >= smallest
    if large.any():
        nearest = ndimage.distance_transform_edt(~large, return_distances=False, return_indices=True)
        parts = parts[tuple(nearest)]
    return np.unique(parts, return_inverse=True)[1].reshape(owner.shape).astype(np.int64)


def _small(height: int, width: int) -> tuple[int, int]:
    factor = min(1.0, _SIDE / max(height, width))
    return max(1, round(height * factor)), max(1, round(width * factor))


def _place(region: NDArray[np.bool_]) -> str:
    """Return where a region's middle lies, in percent from the top and from the left."""
    down, across = (float(np.mean(axis)) for axis in np.nonzero(region))
    height, width = region.shape
    return f"region at {round(100 * down / height)} % down, {round(100 * across / width)} % across"
