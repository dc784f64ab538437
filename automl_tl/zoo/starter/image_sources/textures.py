"""Textures: sixteen kinds of surface without objects, drawn as fields and coloured at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.image_sources.base import Images, ImageSource, image_sources
from automl_tl.zoo.starter.image_sources.camera import colourise, photograph
from automl_tl.zoo.starter.image_sources.fields import (
    band_noise,
    cellular,
    frame,
    ramp,
    triangle_wave,
)
from automl_tl.zoo.starter.image_sources.geometry import smooth_noise

__all__ = ["Draw", "draw_textures", "textures"]

Field = NDArray[np.floating]
Draw = Callable[[int, int, np.random.Generator], Field]
"""``draw(n, size, rng)`` returns fields (n, size, size) of any range; they are stretched to [0, 1]."""


def _stripes(n: int, size: int, rng: np.random.Generator) -> Field:
    u, _ = frame(n, size, rng, (2, 6))
    return np.sin(2 * np.pi * u)


def _waves(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (2, 5))
    return np.sin(2 * np.pi * (u + 0.3 * np.sin(2 * np.pi * v * 0.6)))


def _checker(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (1.5, 4))
    return ramp(np.sin(2 * np.pi * u) * np.sin(2 * np.pi * v), rng)


def _dots(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (2, 5))
    return ramp(np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v) - rng.uniform(0.2, 1.0, (n, 1, 1)), rng)


def _bricks(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (2, 4), square=False)
    row = np.floor(v * 2)
    along = (u + 0.5 * (row % 2)) % 1
    joint = np.minimum(np.minimum(along, 1 - along) * 2, np.minimum((v * 2) % 1, 1 - (v * 2) % 1))
    return ramp(joint - 0.15, rng) + 0.2 * np.sin(37 * np.floor(u + 0.5 * (row % 2)) + 91 * row)


def _hexagons(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (2, 4.5))
    waves = [np.cos(2 * np.pi * (u * np.cos(a) + v * np.sin(a))) for a in (0, 2 * np.pi / 3, 4 * np.pi / 3)]
    return ramp(sum(waves) + 0.3, rng)


def _zigzag(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (2, 4))
    return ramp(np.sin(2 * np.pi * (u + 0.7 * triangle_wave(v))), rng)


def _weave(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (2, 4))
    over = (np.floor(u * 2) + np.floor(v * 2)) % 2
    return np.where(over == 0, np.abs(np.sin(2 * np.pi * u)), np.abs(np.sin(2 * np.pi * v)) * 0.7)


def _rings(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (1.5, 4))
    centre = rng.uniform(-1, 1, (2, n, 1, 1))
    return np.sin(2 * np.pi * np.hypot(u - centre[0], v - centre[1]))


def _wood(n: int, size: int, rng: np.random.Generator) -> Field:
    u, _ = frame(n, size, rng, (2, 5))
    bend = smooth_noise(n, size, 4, rng)
    return np.sin(2 * np.pi * (u + 0.5 * bend)) + 0.5 * band_noise(n, size, rng, (0.1, 0.5), stretch=4)


def _marble(n: int, size: int, rng: np.random.Generator) -> Field:
    u, _ = frame(n, size, rng, (1, 3))
    return np.abs(np.sin(np.pi * (u + 0.8 * band_noise(n, size, rng, (0.02, 0.2)))))


def _clouds(n: int, size: int, rng: np.random.Generator) -> Field:
    return band_noise(n, size, rng, (0.01, 0.5), slope=1.6)


def _grain(n: int, size: int, rng: np.random.Generator) -> Field:
    return band_noise(n, size, rng, (0.2, 0.5))


def _fur(n: int, size: int, rng: np.random.Generator) -> Field:
    return band_noise(n, size, rng, (0.06, 0.4), stretch=6)


def _spots(n: int, size: int, rng: np.random.Generator) -> Field:
    return ramp(band_noise(n, size, rng, (0.08, 0.16)) - 0.4, rng)


def _pebbles(n: int, size: int, rng: np.random.Generator) -> Field:
    first, second = cellular(n, size, rng, (10, 30))
    return ramp(second - first - 0.08, rng) + 0.4 * (1 - first)


DRAWERS: Mapping[str, Draw] = {
    "stripes": _stripes,
    "waves": _waves,
    "checker": _checker,
    "dots": _dots,
    "bricks": _bricks,
    "hexagons": _hexagons,
    "zigzag": _zigzag,
    "weave": _weave,
    "rings": _rings,
    "wood": _wood,
    "marble": _marble,
    "clouds": _clouds,
    "grain": _grain,
    "fur": _fur,
    "spots": _spots,
    "pebbles": _pebbles,
}


def draw_textures(
    drawers: Mapping[str, Draw], labels: NDArray[np.int64], size: int, rng: np.random.Generator
) -> Images:
    """Return photographs (N, size, size, 3) of textures; labels index into ``drawers``."""
    fields = np.empty((len(labels), size, size), np.float32)
    for label, draw in enumerate(drawers.values()):
        rows = np.flatnonzero(labels == label)
        if len(rows):
            fields[rows] = draw(len(rows), size, rng)
    low, high = np.quantile(fields, [0.02, 0.98], axis=(1, 2), keepdims=True)
    coverage = np.clip((fields - low) / (high - low + 1e-6), 0, 1).astype(np.float32)
    return photograph(colourise(coverage, rng), rng, low_share=0.3)


textures = image_sources.register(
    "textures",
    ImageSource(
        "textures",
        "sixteen kinds of surface, from stripes and weave to marble, fur and pebbles, at random scale and angle",
        tuple(DRAWERS),
        lambda labels, size, rng: draw_textures(DRAWERS, labels, size, rng),
    ),
)
