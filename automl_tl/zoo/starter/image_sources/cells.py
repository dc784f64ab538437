"""Cells: thirteen kinds of blood cell, tissue cell and bacterium as a microscope shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.image_sources.base import Images, ImageSource, image_sources
from automl_tl.zoo.starter.image_sources.camera import photograph, random_colours
from automl_tl.zoo.starter.image_sources.geometry import affine, canvas, smooth_noise

__all__ = ["Cell", "cells", "disc", "draw_cells", "edge"]

Field = NDArray[np.floating]
Cell = Callable[[Field, Field, np.random.Generator], tuple[Field, Field]]
"""``cell(x, y, rng)``, in the frame where the cell spans about [-1, 1], returns body and nucleus in [0, 1]."""


def edge(inside: Field) -> Field:
    """Return a soft step: 1 where ``inside`` is above 0."""
    return (1 / (1 + np.exp(-np.clip(inside * 14, -30, 30)))).astype(np.float32)


def disc(x: Field, y: Field, radius: float = 1.0) -> Field:
    """Return a soft disc of this radius around the origin."""
    return edge(radius - np.hypot(x, y))


def _empty(x: Field) -> Field:
    return np.zeros_like(x)


def _rod_at(x: Field, y: Field, half: float, width: float) -> Field:
    return edge(width - np.hypot(x - np.clip(x, -half, half), y))


def _each(rng: np.random.Generator, x: Field, low: float, high: float) -> Field:
    return rng.uniform(low, high, (len(x), 1, 1)).astype(np.float32)


def _biconcave(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    pale = _each(rng, x, 0.4, 0.9) * disc(x, y, 0.45)
    return disc(x, y) * (1 - pale), _empty(x)


def _solid(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    return disc(x, y), _empty(x)


def _rod(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    return _rod_at(x, y, 0.75, 0.3), _empty(x)


def _comma(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    return _rod_at(x, y + _each(rng, x, 0.4, 0.8) * (x * x - 0.3), 0.75, 0.27), _empty(x)


def _spiral(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    wave = 0.25 * np.sin(_each(rng, x, 6, 9) * x + _each(rng, x, 0, 6))
    return _rod_at(x, y + wave, 1.0, 0.16), _empty(x)


def _spindle(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    body = edge(_each(rng, x, 0.25, 0.4) * (1 - x * x) - np.abs(y))
    return body, disc(x * 2.2, y * 4.5) * body


def _chain(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    bent = y + _each(rng, x, -0.4, 0.4) * x * x
    folded = np.where(np.abs(x) < 1.2, (x + 0.24) % 0.48 - 0.24, x)
    return disc(folded, bent, 0.26), _empty(x)


def _cluster(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    at = rng.uniform(-0.65, 0.65, (2, 7, len(x), 1, 1))
    return np.max([disc(x - at[0, k], y - at[1, k], 0.3) for k in range(7)], axis=0), _empty(x)


def _pair(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    return disc(np.abs(x) - 0.5, y, 0.5), _empty(x)


def _nucleated(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    off = _each(rng, x, -0.25, 0.25)
    return 0.6 * disc(x, y), disc(x - off, y + off, 0.5)


def _lobed(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    turn = _each(rng, x, 1.3, 2.0)
    lobes = [disc(x - 0.42 * np.cos(k * turn), y - 0.42 * np.sin(k * turn), 0.3) for k in range(3)]
    return 0.6 * disc(x, y), np.max(lobes, axis=0)


def _granular(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    speckle = rng.standard_normal(x.shape, dtype=np.float32)
    grains = edge((speckle + np.roll(speckle, 1, 1) + np.roll(speckle, 1, 2) - 0.8) / 3)
    return 0.6 * disc(x, y), 0.8 * grains * disc(x, y, 0.9)


def _spiky(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    angle = np.arctan2(y, x)
    spikes = rng.integers(8, 12, (len(x), 1, 1))
    return edge(0.8 + 0.2 * np.cos(spikes * angle) - np.hypot(x, y)), _empty(x)


CELLS: Mapping[str, Cell] = {
    "biconcave": _biconcave,
    "solid": _solid,
    "rod": _rod,
    "comma": _comma,
    "spiral": _spiral,
    "spindle": _spindle,
    "chain": _chain,
    "cluster": _cluster,
    "pair": _pair,
    "nucleated": _nucleated,
    "lobed": _lobed,
    "granular": _granular,
    "spiky": _spiky,
}


def draw_cells(
    kinds: Mapping[str, Cell], labels: NDArray[np.int64], size: int, rng: np.random.Generator
) -> Images:
    """Return photographs (N, size, size, 3) of one to four cells of one kind; labels index into ``kinds``."""
    n = len(labels)
    body, nucleus = np.zeros((n, size, size), np.float32), np.zeros((n, size, size), np.float32)
    count = rng.integers(1, 5, n)
    for label, cell in enumerate(kinds.values()):
        rows = np.flatnonzero(labels == label)
        for copy in range(4):
            shown = rows[count[rows] > copy]
            if len(shown):
                one, core = cell(*_placed(count[shown], copy, size, rng), rng)
                body[shown] = np.maximum(body[shown], one)
                nucleus[shown] = np.maximum(nucleus[shown], core)
    return photograph(_stained(body, nucleus, rng), rng, low_share=0.3)


def _placed(count: NDArray[np.int64], copy: int, size: int, rng: np.random.Generator) -> tuple[Field, Field]:
    """Return the pixel coordinates in the frame of one cell; more cells are smaller and stand apart."""
    n = len(count)
    scale = np.where(count == 1, 0.7, np.where(count == 2, 0.5, 0.4))[:, None, None]
    back = np.linalg.inv(affine(n, rng, scale=(0.75, 1.15), turn=np.pi, aspect=0.12, shear=0.12))
    angle = 2 * np.pi * copy / np.maximum(count, 1) + rng.uniform(-0.4, 0.4, n) + count
    away = np.where(count == 1, rng.uniform(0, 0.2, n), 0.55)
    at = np.stack([away * np.cos(angle), away * np.sin(angle)])[..., None, None]
    x, y = canvas(size)
    local = np.einsum("nij,jnhw->inhw", back, np.stack([x - at[0], y - at[1]])) / scale
    wobble = 0.07 * smooth_noise(2 * n, size, 4, rng).reshape(2, n, size, size)
    return (local[0] + wobble[0]).astype(np.float32), (local[1] + wobble[1]).astype(np.float32)


def _stained(body: Field, nucleus: Field, rng: np.random.Generator) -> NDArray[np.float32]:
    """Colour background, body and nucleus: stained on a bright field, or glowing on a dark one."""
    n = len(body)
    bright = rng.random((n, 1)) < 0.6
    ground = np.where(
        bright,
        random_colours(n, rng, low=0.7, high=1, grey=0.5),
        random_colours(n, rng, low=0, high=0.2, grey=0.7),
    )
    flesh = np.where(
        bright,
        random_colours(n, rng, low=0.35, high=0.65, grey=0.2),
        random_colours(n, rng, low=0.35, high=0.7, grey=0.2),
    )
    core = np.where(
        bright,
        random_colours(n, rng, low=0.1, high=0.35, grey=0.2),
        random_colours(n, rng, low=0.75, high=1, grey=0.2),
    )
    dust = 0.06 * smooth_noise(n, body.shape[1], 8, rng)[..., None]
    image = ground[:, None, None] + dust
    image = image + body[..., None] * (flesh[:, None, None] - image)
    return (image + nucleus[..., None] * (core[:, None, None] - image)).astype(np.float32)


cells = image_sources.register(
    "cells",
    ImageSource(
        "cells",
        "thirteen kinds of blood cell, tissue cell and bacterium as a microscope shows them, stained or glowing",
        tuple(CELLS),
        lambda labels, size, rng: draw_cells(CELLS, labels, size, rng),
    ),
)
