"""Shapes: sixteen plane figures, filled or outlined, at any angle, over cluttered backgrounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.image_sources.base import Images, ImageSource, image_sources
from automl_tl.zoo.starter.image_sources.camera import colourise, photograph
from automl_tl.zoo.starter.image_sources.geometry import (
    affine,
    ink,
    inside_polygon,
    segment_distance,
    smooth_noise,
)

__all__ = ["SHAPES", "draw_shapes", "shapes"]

Vertices = NDArray[np.floating]


def _radial(count: int, radius: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Vertices:
    angles = np.arange(count) / count * 2 * np.pi
    return np.stack([radius(angles) * np.cos(angles), radius(angles) * np.sin(angles)], -1).astype(np.float32)


def _regular(sides: int) -> Vertices:
    return _radial(sides, np.ones_like)


def _star(points: int, depth: float) -> Vertices:
    return _radial(2 * points, lambda a: np.where(np.arange(len(a)) % 2 == 0, 1.0, depth))


def _points(*pairs: tuple[float, float]) -> Vertices:
    return np.array(pairs, np.float32)


def _crescent() -> Vertices:
    outer = np.linspace(0.6, 2 * np.pi - 0.6, 16)
    inner = np.linspace(2 * np.pi - 0.9, 0.9, 12)
    return np.concatenate(
        [
            np.stack([np.cos(outer), np.sin(outer)], -1),
            np.stack([0.4 + 0.75 * np.cos(inner), 0.75 * np.sin(inner)], -1),
        ]
    ).astype(np.float32)


def _heart() -> Vertices:
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x / 17, -y / 17], -1).astype(np.float32)


SHAPES: Mapping[str, Vertices] = {
    "circle": _regular(24),
    "triangle": _regular(3),
    "square": _regular(4),
    "pentagon": _regular(5),
    "hexagon": _regular(6),
    "star": _star(5, 0.42),
    "spark": _star(4, 0.3),
    "gear": _star(8, 0.75),
    "flower": _radial(40, lambda a: 0.75 + 0.25 * np.cos(5 * a)),
    "crescent": _crescent(),
    "heart": _heart(),
    "half-disc": _points(*[(np.cos(a), np.sin(a) - 0.4) for a in np.linspace(0, np.pi, 14)]),
    "cross": _points(
        (-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3),
        (0.3, 1), (-0.3, 1), (-0.3, 0.3), (-1, 0.3), (-1, -0.3), (-0.3, -0.3),
    ),
    "arrow": _points((1, 0), (0.2, -0.8), (0.2, -0.3), (-1, -0.3), (-1, 0.3), (0.2, 0.3), (0.2, 0.8)),
    "corner": _points((-0.8, -0.9), (-0.2, -0.9), (-0.2, 0.3), (0.9, 0.3), (0.9, 0.9), (-0.8, 0.9)),
    "bar": _points((-1, -0.25), (1, -0.25), (1, 0.25), (-1, 0.25)),
}  # fmt: skip
"""Corners of each figure, (K, 2) inside the unit circle."""


def draw_shapes(labels: NDArray[np.int64], size: int, rng: np.random.Generator) -> Images:
    """Return photographs (N, size, size, 3) of one figure each."""
    n = len(labels)
    coverage = np.empty((n, size, size), np.float32)
    for label, outline in enumerate(SHAPES.values()):
        rows = np.flatnonzero(labels == label)
        if len(rows):
            coverage[rows] = _figure(outline, len(rows), size, rng)
    ground = 0.25 * rng.random((n, 1, 1)) * smooth_noise(n, size, 6, rng)
    busy = np.maximum(coverage, _clutter(n, size, rng) * rng.uniform(0.2, 0.8, (n, 1, 1))) + ground
    return photograph(colourise(np.clip(busy, 0, 1).astype(np.float32), rng, grey=0.4), rng, low_share=0.3)


def _figure(outline: Vertices, n: int, size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    shape = affine(n, rng, scale=(0.35, 0.85), turn=np.pi, aspect=0.15, shear=0.15)
    corners = np.einsum("nij,kj->nki", shape, outline)
    room = np.clip(0.95 - np.abs(corners).max(1), 0, None)[:, None]
    corners = (corners + rng.uniform(-1, 1, (n, 1, 2)) * room).astype(np.float32)
    corners += 0.02 * rng.standard_normal(corners.shape, dtype=np.float32)
    distance = segment_distance(corners, np.roll(corners, -1, axis=1), size)
    filled = rng.random(n) < 0.5
    distance = np.where(filled[:, None, None] & inside_polygon(corners, size), 0, distance)
    thickness = np.where(filled, 0.03, rng.uniform(0.05, 0.12, n)).astype(np.float32)
    return ink(distance, thickness, rng.uniform(0.015, 0.05, n).astype(np.float32))


def _clutter(n: int, size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return up to three thin lines that cross the picture."""
    ends = rng.uniform(-1.3, 1.3, (2, n, 3, 2)).astype(np.float32)
    absent = rng.random((n, 3)) < 0.5
    ends[:, absent] = 9
    width = rng.uniform(0.02, 0.06, n).astype(np.float32)
    return ink(segment_distance(ends[0], ends[1], size), width, np.full(n, 0.02, np.float32))


shapes = image_sources.register(
    "shapes",
    ImageSource(
        "shapes",
        "sixteen plane figures, filled or outlined, at any angle and size, over cluttered backgrounds",
        tuple(SHAPES),
        draw_shapes,
    ),
)
