"""Glyphs: printed and handwritten digits and letters, warped, thickened, blurred and photographed.

The 47 classes are those of EMNIST balanced (Cohen et al., 2017): digits, capitals, and the small letters whose
shape is not that of their capital; the others share the capital's class because size is no cue here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.image_sources.base import Images, ImageSource, image_sources
from automl_tl.zoo.starter.image_sources.camera import colourise, photograph
from automl_tl.zoo.starter.image_sources.fonts import BOX, font_distances
from automl_tl.zoo.starter.image_sources.geometry import affine, canvas, ink, smooth_noise
from automl_tl.zoo.starter.image_sources.pen import FORMS, pen_distance

__all__ = ["glyphs"]

CLASS_NAMES = (*"0123456789", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *"abdefghnqrt")
_SMALL_TOO = frozenset("CIJKLMOPSUVWXYZ")


def draw_glyphs(labels: NDArray[np.int64], size: int, rng: np.random.Generator) -> Images:
    """Return photographs (N, size, size, 3) of one character each, half printed and half written by pen."""
    n = len(labels)
    distance = np.empty((n, size, size), np.float32)
    written = rng.random(n) < 0.5
    for label in np.unique(labels):
        character = CLASS_NAMES[label]
        pen = np.flatnonzero((labels == label) & written)
        printed = np.flatnonzero((labels == label) & ~written)
        if len(pen):
            distance[pen] = pen_distance(character, len(pen), size, rng)
        if len(printed):
            distance[printed] = _font_distance(character, len(printed), size, rng)
    thickness = np.where(written, rng.uniform(0.05, 0.2, n), rng.uniform(-0.03, 0.09, n)).astype(np.float32)
    coverage = ink(distance, thickness, rng.uniform(0.015, 0.08, n).astype(np.float32))
    coverage *= 1 + 0.2 * rng.random((n, 1, 1)) * smooth_noise(n, size, 4, rng)
    return photograph(_grey_or_colour(np.clip(coverage, 0, 1), rng), rng, low_share=0.6)


def _font_distance(character: str, n: int, size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    faces = font_distances(character + character.lower() if character in _SMALL_TOO else character)
    chosen = rng.integers(len(faces), size=n)
    x, y = canvas(size)
    back = np.linalg.inv(affine(n, rng, scale=(0.65, 1.2), turn=0.25, aspect=0.25, shear=0.3))
    points = np.einsum("nij,jhw->nihw", back, np.stack([x, y])) + rng.uniform(-0.12, 0.12, (n, 2, 1, 1))
    elastic = smooth_noise(2 * n, size, 5, rng).reshape(n, 2, size, size)
    points = points + rng.uniform(0.0, 0.09, (n, 1, 1, 1)) * elastic
    column, row = np.moveaxis(np.clip((points + 1) / 2 * BOX - 0.5, 0, BOX - 1.001), 1, 0)
    left, top = column.astype(int), row.astype(int)
    right_part, low_part = column - left, row - top
    face = chosen[:, None, None]
    upper = faces[face, top, left] * (1 - right_part) + faces[face, top, left + 1] * right_part
    lower = faces[face, top + 1, left] * (1 - right_part) + faces[face, top + 1, left + 1] * right_part
    return (upper * (1 - low_part) + lower * low_part).astype(np.float32)


def _grey_or_colour(coverage: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Colour most pages at random; leave a third as plain white on black, as scanners and data sets give them."""
    coloured = colourise(coverage, rng)
    plain = rng.random(len(coverage)) < 0.33
    coloured[plain] = np.repeat(coverage[plain][..., None], 3, axis=-1)
    return coloured


assert set(FORMS) == set(CLASS_NAMES)

glyphs = image_sources.register(
    "glyphs",
    ImageSource(
        "glyphs",
        "digits and letters printed from the fonts that matplotlib ships or written by a simulated pen",
        CLASS_NAMES,
        draw_glyphs,
    ),
)
