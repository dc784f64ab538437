"""Drawing primitives on a batch of square canvases whose coordinates run from -1 to 1, y downwards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "affine",
    "canvas",
    "ink",
    "inside_polygon",
    "rotation",
    "segment_distance",
    "smooth_curve",
    "smooth_noise",
]

Array = NDArray[np.floating]


def canvas(size: int) -> tuple[Array, Array]:
    """Return x and y of the pixel centres, each (size, size)."""
    axis = ((np.arange(size) + 0.5) / size * 2 - 1).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    return x, y


def rotation(angles: Array) -> Array:
    """Return rotation matrices (N, 2, 2) for angles in radians (N,)."""
    cos, sin = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2).astype(np.float32)


def affine(
    n: int, rng: np.random.Generator, *, scale: tuple[float, float], turn: float, aspect: float, shear: float
) -> Array:
    """Return ``n`` random matrices (n, 2, 2): scale in a range, rotation up to ``turn`` radians, aspect, shear."""
    factor = rng.uniform(*scale, n)
    stretch = np.exp(rng.uniform(-aspect, aspect, n))
    slant = rng.uniform(-shear, shear, n)
    zero = np.zeros(n)
    shape = np.stack(
        [np.stack([factor * stretch, slant * factor], -1), np.stack([zero, factor / stretch], -1)], -2
    )
    return (rotation(rng.uniform(-turn, turn, n)) @ shape).astype(np.float32)


def segment_distance(starts: Array, ends: Array, size: int) -> Array:
    """Return each pixel's distance to the nearest of K segments, (N, size, size); points are (N, K, 2)."""
    x, y = canvas(size)
    nearest = np.full((len(starts), size, size), np.inf, np.float32)
    for k in range(starts.shape[1]):
        ax, ay = starts[:, k, 0, None, None], starts[:, k, 1, None, None]
        dx, dy = ends[:, k, 0, None, None] - ax, ends[:, k, 1, None, None] - ay
        along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-9)
        along = np.clip(along, 0, 1)
        np.minimum(nearest, (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2, out=nearest)
    return np.sqrt(nearest)


def inside_polygon(vertices: Array, size: int) -> NDArray[np.bool_]:
    """Return which pixels lie inside closed polygons (N, K, 2) by the even-odd rule, (N, size, size)."""
    x, y = canvas(size)
    inside = np.zeros((len(vertices), size, size), bool)
    following = np.roll(vertices, -1, axis=1)
    for k in range(vertices.shape[1]):
        ax, ay = vertices[:, k, 0, None, None], vertices[:, k, 1, None, None]
        bx, by = following[:, k, 0, None, None], following[:, k, 1, None, None]
        rise = np.where(by == ay, 1e-9, by - ay)
        inside ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / rise + ax)
    return inside


def smooth_curve(points: Array, steps: int = 4) -> Array:
    """Return Catmull-Rom curves (N, (K - 1) * steps + 1, 2) through control points (N, K, 2)."""
    before = np.concatenate([points[:, :1], points[:, :-1]], 1)[:, :-1]
    start, end = points[:, :-1], points[:, 1:]
    after = np.concatenate([points[:, 2:], points[:, -1:]], 1)
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[None, None, :, None]
    before, start, end, after = (part[:, :, None] for part in (before, start, end, after))
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return np.concatenate([curve.reshape(len(points), -1, 2), points[:, -1:]], 1).astype(np.float32)


def ink(distance: Array, thickness: Array, softness: Array) -> Array:
    """Return coverage in [0, 1]: 1 where ``distance`` is well below ``thickness``; both (N,) against (N, H, W)."""
    step = (thickness[:, None, None] - distance) / softness[:, None, None]
    return (1 / (1 + np.exp(-np.clip(step, -30, 30)))).astype(np.float32)


def smooth_noise(n: int, size: int, cells: int, rng: np.random.Generator) -> Array:
    """Return smooth random fields (n, size, size), standard normal at ``cells`` x ``cells`` knots."""
    knots = rng.standard_normal((n, cells, cells)).astype(np.float32)
    at = (np.arange(size) + 0.5) / size * (cells - 1)
    low = np.minimum(at.astype(int), cells - 2)
    part = at - low
    part = part * part * (3 - 2 * part)
    weights = np.zeros((size, cells), np.float32)
    weights[np.arange(size), low] = 1 - part
    weights[np.arange(size), low + 1] = part
    return np.einsum("ik,nkl,jl->nij", weights, knots, weights, optimize=True).astype(np.float32)
