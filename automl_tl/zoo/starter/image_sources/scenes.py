"""Scenes: twelve kinds of coloured landscape, built from sky, ridges, water and things that stand in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.image_sources.base import FloatImages, Images, ImageSource, image_sources
from automl_tl.zoo.starter.image_sources.camera import photograph
from automl_tl.zoo.starter.image_sources.fields import band_noise
from automl_tl.zoo.starter.image_sources.geometry import canvas, smooth_noise

__all__ = ["scenes"]

Field = NDArray[np.floating]
Colour = tuple[float, float, float]


def _tint(n: int, colour: Colour, rng: np.random.Generator) -> Field:
    """Return ``n`` variants (n, 1, 1, 3) of a colour."""
    return np.clip(colour + rng.normal(0, 0.07, (n, 1, 1, 3)), 0, 1)


def _gradient(n: int, size: int, top: Colour, bottom: Colour, rng: np.random.Generator) -> FloatImages:
    down = np.linspace(0, 1, size)[None, :, None, None]
    sky = _tint(n, top, rng) * (1 - down) + _tint(n, bottom, rng) * down
    return np.broadcast_to(sky, (n, size, size, 3)).astype(np.float32)


def _level(
    n: int, size: int, rng: np.random.Generator, height: tuple[float, float], rough: float, knots: int
) -> Field:
    """Return how far each pixel lies below a random skyline, (n, size, size); heights run from -1 (top) to 1."""
    line = rng.uniform(*height, (n, 1)) + rough * smooth_noise(n, size, knots, rng)[:, 0]
    return canvas(size)[1] - line[:, None, :]


def _paint(image: FloatImages, cover: Field, colour: Field) -> FloatImages:
    return (image + cover[..., None] * (colour - image)).astype(np.float32)


def _cover(below: Field) -> Field:
    return np.clip(below * 12 + 0.5, 0, 1)


def _rough(n: int, size: int, rng: np.random.Generator, strength: float) -> Field:
    return 1 + strength * band_noise(n, size, rng, (0.05, 0.5))[..., None]


def _streaks(n: int, size: int, rng: np.random.Generator) -> Field:
    """Return horizontal streaks (n, size, size, 1), finer towards the horizon."""
    rows = rng.standard_normal((n, size, 5)).repeat(-(-size // 5), axis=2)[:, :, :size]
    return ((rows + np.roll(rows, 2, axis=2)) / 2)[..., None]


def _sea(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    image = _gradient(n, size, (0.4, 0.6, 0.9), (0.8, 0.88, 0.95), rng)
    water = _tint(n, (0.1, 0.35, 0.55), rng) * (1 + 0.2 * _streaks(n, size, rng))
    return _paint(image, _cover(_level(n, size, rng, (-0.4, 0.4), 0, 2)), water)


def _mountains(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    image = _gradient(n, size, (0.4, 0.6, 0.9), (0.8, 0.85, 0.9), rng)
    below = _level(n, size, rng, (-0.5, 0), 0.35, 6)
    image = _paint(image, _cover(below), _tint(n, (0.45, 0.45, 0.5), rng) * _rough(n, size, rng, 0.15))
    image = _paint(image, _cover(below) * np.clip(1 - below * 4, 0, 1) * 0.9, _tint(n, (0.95, 0.95, 1), rng))
    return _paint(image, _cover(_level(n, size, rng, (0.2, 0.7), 0.15, 5)), _tint(n, (0.2, 0.3, 0.25), rng))


def _desert(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    image = _gradient(n, size, (0.45, 0.65, 0.9), (0.95, 0.85, 0.7), rng)
    for height in (-0.2, 0.3):
        sand = _tint(n, (0.85, 0.65, 0.4), rng) * (1 + 0.12 * smooth_noise(n, size, 5, rng)[..., None])
        image = _paint(image, _cover(_level(n, size, rng, (height - 0.2, height + 0.2), 0.2, 3)), sand)
    return image


def _forest(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    leaves = _tint(n, (0.15, 0.4, 0.15), rng) * _rough(n, size, rng, 0.45)
    image = np.broadcast_to(leaves, (n, size, size, 3)).astype(np.float32)
    trunks = smooth_noise(n, size, 12, rng)[:, :1, :] > rng.uniform(0.4, 1.0, (n, 1, 1))
    cover = trunks.astype(np.float32) * np.clip(1 + canvas(size)[1], 0, 1)
    return _paint(image, cover, _tint(n, (0.25, 0.17, 0.1), rng))


def _city(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    image = _gradient(n, size, (0.5, 0.6, 0.8), (0.85, 0.85, 0.85), rng)
    width = max(2, size // 8)
    tops = rng.uniform(-0.8, 0.5, (n, -(-size // width))).repeat(width, axis=1)[:, :size]
    below = canvas(size)[1] - tops[:, None, :]
    shade = rng.uniform(0.6, 1.3, (n, 1, -(-size // width), 1)).repeat(width, axis=2)[:, :, :size]
    image = _paint(image, _cover(below), _tint(n, (0.4, 0.4, 0.45), rng) * shade)
    panes = np.zeros((size, size), np.float32)
    panes[1 :: max(2, size // 12), 1 :: max(2, size // 12)] = 1
    lit = panes * (rng.random((n, size, size)) < 0.7) * (below > 0.08)
    return _paint(image, 0.9 * lit, _tint(n, (0.95, 0.85, 0.5), rng))


def _meadow(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    image = _gradient(n, size, (0.4, 0.65, 0.95), (0.75, 0.88, 0.98), rng)
    below = _level(n, size, rng, (-0.3, 0.3), 0.1, 3)
    grass = _tint(n, (0.35, 0.6, 0.2), rng) * _rough(n, size, rng, 0.15)
    image = _paint(image, _cover(below), grass)
    flowers = (rng.random((n, size, size)) < 0.08) * (below > 0.1)
    return _paint(image, flowers * 0.9, rng.uniform(0.4, 1, (n, 1, 1, 3)) * [1, 0.7, 1])


def _night(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    image = _gradient(n, size, (0.03, 0.04, 0.12), (0.12, 0.14, 0.3), rng)
    stars = (rng.random((n, size, size)) < 0.03) * rng.random((n, size, size))
    image = _paint(image, stars, _tint(n, (1, 1, 0.9), rng))
    x, y = canvas(size)
    at = rng.uniform(-0.7, 0, (2, n, 1, 1))
    image = _paint(image, _cover(0.18 - np.hypot(x - at[0], y - at[1])), _tint(n, (0.95, 0.95, 0.85), rng))
    return _paint(image, _cover(_level(n, size, rng, (0.3, 0.7), 0.2, 5)), _tint(n, (0.03, 0.05, 0.05), rng))


def _sunset(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    image = _gradient(n, size, (0.5, 0.25, 0.45), (1.0, 0.6, 0.25), rng)
    x, y = canvas(size)
    at = rng.uniform(-0.5, 0.3, (2, n, 1, 1))
    image = _paint(image, _cover(0.25 - np.hypot(x - at[0], y - at[1])), _tint(n, (1, 0.9, 0.5), rng))
    ground = _tint(n, (0.3, 0.12, 0.15), rng) * (1 + 0.2 * _streaks(n, size, rng))
    return _paint(image, _cover(_level(n, size, rng, (0, 0.6), 0.05, 4)), ground)


def _snow(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    image = _gradient(n, size, (0.6, 0.68, 0.75), (0.85, 0.88, 0.9), rng)
    below = _level(n, size, rng, (-0.3, 0.3), 0.1, 3)
    image = _paint(image, _cover(below), _tint(n, (0.93, 0.95, 1), rng))
    x, y = canvas(size)
    for _ in range(4):
        at, tall = rng.uniform(-0.9, 0.9, (2, n, 1, 1)), rng.uniform(0.3, 0.7, (n, 1, 1))
        inside = np.minimum((y - at[1] + tall) * 0.35 - np.abs(x - at[0]), at[1] - y)
        image = _paint(image, _cover(inside), _tint(n, (0.1, 0.22, 0.18), rng))
    return image


def _clouds(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    image = _gradient(n, size, (0.25, 0.5, 0.9), (0.6, 0.78, 0.95), rng)
    puffs = band_noise(n, size, rng, (0.01, 0.3), slope=1.6)
    return _paint(image, np.clip(puffs * 0.8 + 0.2, 0, 1), _tint(n, (0.97, 0.97, 0.97), rng))


def _canyon(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    image = _gradient(n, size, (0.4, 0.6, 0.9), (0.75, 0.85, 0.95), rng)
    strata = np.sin(rng.uniform(12, 25, (n, 1, 1)) * (canvas(size)[1] + 0.15 * smooth_noise(n, size, 4, rng)))
    rock = _tint(n, (0.7, 0.38, 0.22), rng) * (1 + 0.25 * strata[..., None])
    return _paint(image, _cover(_level(n, size, rng, (-0.7, -0.1), 0.3, 5)), rock)


def _blossom(n: int, size: int, rng: np.random.Generator) -> FloatImages:
    leaves = _tint(n, (0.2, 0.4, 0.15), rng) * (1 + 0.35 * smooth_noise(n, size, 6, rng)[..., None])
    image = np.broadcast_to(leaves, (n, size, size, 3)).astype(np.float32)
    x, y = canvas(size)
    at = rng.uniform(-0.4, 0.4, (2, n, 1, 1))
    far, angle = np.hypot(x - at[0], y - at[1]), np.arctan2(y - at[1], x - at[0])
    petals = rng.integers(4, 9, (n, 1, 1))
    edge = rng.uniform(0.5, 0.9, (n, 1, 1)) * (0.75 + 0.25 * np.cos(petals * angle + rng.uniform(0, 6, (n, 1, 1))))
    hue = rng.uniform(0.3, 1, (n, 1, 1, 3)) * [1, 0.7, 1] * (1 - 0.3 * far[..., None])
    image = _paint(image, _cover(edge - far), hue)
    return _paint(image, _cover(0.18 - far), _tint(n, (0.85, 0.7, 0.15), rng))


DRAWERS: Mapping[str, Callable[[int, int, np.random.Generator], FloatImages]] = {
    "sea": _sea,
    "mountains": _mountains,
    "desert": _desert,
    "forest": _forest,
    "city": _city,
    "meadow": _meadow,
    "night": _night,
    "sunset": _sunset,
    "snow": _snow,
    "clouds": _clouds,
    "canyon": _canyon,
    "blossom": _blossom,
}


def draw_scenes(labels: NDArray[np.int64], size: int, rng: np.random.Generator) -> Images:
    """Return photographs (N, size, size, 3) of landscapes in changing light, some mirrored."""
    n = len(labels)
    image = np.empty((n, size, size, 3), np.float32)
    for label, draw in enumerate(DRAWERS.values()):
        rows = np.flatnonzero(labels == label)
        if len(rows):
            image[rows] = draw(len(rows), size, rng)
    grey = image.mean(3, keepdims=True)
    image = grey + (image - grey) * rng.uniform(0, 1.3, (n, 1, 1, 1))
    image *= rng.uniform(0.6, 1.2, (n, 1, 1, 1)) * rng.uniform(0.85, 1.15, (n, 1, 1, 3))
    mirrored = rng.random(n) < 0.5
    image[mirrored] = image[mirrored][:, :, ::-1]
    return photograph(image.astype(np.float32), rng, low_share=0.4)


scenes = image_sources.register(
    "scenes",
    ImageSource(
        "scenes",
        "twelve kinds of coloured landscape, from sea and forest to city and blossom, in changing light",
        tuple(DRAWERS),
        draw_scenes,
    ),
)
