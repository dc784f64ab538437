"""How a drawing becomes a photograph: low resolution, contrast, colour, uneven light and sensor noise."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.image_sources.base import FloatImages, Images
from automl_tl.zoo.starter.image_sources.geometry import smooth_noise

__all__ = ["colourise", "low_resolution", "photograph", "random_colours"]


@cache
def _resampling(size: int, small: int, smooth: bool) -> NDArray[np.float32]:
    """Return the matrix that averages ``size`` pixels down to ``small`` and enlarges them again."""
    edges = np.linspace(0, size, small + 1)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    down = np.clip(overlap, 0, None) * small / size
    at = (pixels + 0.5) * small / size - 0.5
    if smooth:
        up = np.clip(1 - np.abs(np.clip(at, 0, small - 1)[:, None] - np.arange(small)), 0, None)
    else:
        up = (np.rint(at).clip(0, small - 1)[:, None] == np.arange(small)).astype(float)
    return (up @ down).astype(np.float32)


def low_resolution(
    images: FloatImages, rng: np.random.Generator, *, share: float, smallest: int = 8
) -> FloatImages:
    """Return (N, H, H, C) images of which ``share`` went down to ``smallest`` .. H pixels a side and back."""
    result = images.copy()
    size = images.shape[1]
    sides = np.where(rng.random(len(images)) < share, rng.integers(smallest, size, len(images)), size)
    smooth = rng.random(len(images)) < 0.75
    for side in np.unique(sides[sides < size]):
        for kind in (False, True):
            rows = np.flatnonzero((sides == side) & (smooth == kind))
            matrix = _resampling(size, int(side), kind)
            result[rows] = np.einsum("ij,njkc,lk->nilc", matrix, images[rows], matrix, optimize=True)
    return result


def random_colours(n: int, rng: np.random.Generator, *, low: float, high: float, grey: float) -> FloatImages:
    """Return ``n`` RGB colours (n, 3) with mean brightness in [low, high]; a share ``grey`` has no hue."""
    brightness = rng.uniform(low, high, (n, 1))
    hue = rng.uniform(-0.25, 0.25, (n, 3)) * (rng.random((n, 1)) >= grey)
    return np.clip(brightness + hue - hue.mean(1, keepdims=True), 0, 1).astype(np.float32)


def colourise(coverage: FloatImages, rng: np.random.Generator, *, grey: float = 0.5) -> FloatImages:
    """Return RGB images (N, H, W, 3) of coverage (N, H, W) between a dark and a light colour, either way round."""
    n = len(coverage)
    dark = random_colours(n, rng, low=0.0, high=0.35, grey=grey)
    light = random_colours(n, rng, low=0.6, high=1.0, grey=grey)
    swap = (rng.random((n, 1)) < 0.5).astype(np.float32)
    paper, pen = dark * swap + light * (1 - swap), light * swap + dark * (1 - swap)
    return paper[:, None, None] + coverage[..., None] * (pen - paper)[:, None, None]


def photograph(
    images: FloatImages, rng: np.random.Generator, *, low_share: float = 0.4, noise: float = 0.08
) -> Images:
    """Return uint8 photographs of RGB images in [0, 1] (N, H, W, 3): light, resolution and noise vary."""
    n, size = images.shape[:2]
    light = 1 + 0.15 * rng.random((n, 1, 1)) * smooth_noise(n, size, 3, rng)
    taken = low_resolution(images * light[..., None].astype(np.float32), rng, share=low_share)
    level = noise * rng.random((n, 1, 1, 1)) ** 2
    taken = taken + level * rng.standard_normal(taken.shape, dtype=np.float32)
    return (np.clip(taken, 0, 1) * 255).round().astype(np.uint8)
