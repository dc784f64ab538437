"""Kinds of texture and cell that no starter model has seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.image_sources.cells import Cell, disc, edge
from automl_tl.zoo.starter.image_sources.fields import band_noise, cellular, frame, ramp, triangle_wave
from automl_tl.zoo.starter.image_sources.geometry import smooth_noise
from automl_tl.zoo.starter.image_sources.textures import Draw

__all__ = ["UNSEEN_CELLS", "UNSEEN_TEXTURES"]

Field = NDArray[np.floating]


def _plaid(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (1.5, 3.5))
    return np.sign(np.sin(2 * np.pi * u)) + np.sign(np.sin(2 * np.pi * v)) + 0.5 * np.sin(8 * np.pi * u)


def _scales(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (2, 4))
    row = np.floor(v * 2)
    along = (u + 0.5 * (row % 2)) % 1 - 0.5
    return ramp(0.5 - np.hypot(along, (v * 2) % 1 * 0.6), rng)


def _herringbone(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (1.5, 3))
    lean = np.where(np.floor(u * 2) % 2 == 0, 1.0, -1.0)
    return ramp(np.sin(2 * np.pi * (3 * v + lean * 1.5 * (u * 2 % 1))), rng)


def _cracks(n: int, size: int, rng: np.random.Generator) -> Field:
    first, second = cellular(n, size, rng, (4, 12))
    return np.tanh((second - first - 0.05) * 25) + 0.15 * band_noise(n, size, rng, (0.1, 0.5))


def _ripples(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (2, 4))
    at = rng.uniform(-1.5, 1.5, (4, n, 1, 1))
    return np.sin(2 * np.pi * np.hypot(u - at[0], v - at[1])) + np.sin(2 * np.pi * np.hypot(u - at[2], v - at[3]))


def _terrazzo(n: int, size: int, rng: np.random.Generator) -> Field:
    first, _ = cellular(n, size, rng, (10, 30))
    return np.where(first < rng.uniform(0.1, 0.2, (n, 1, 1)), 1.0, 0.0) + 0.1 * smooth_noise(n, size, 5, rng)


def _maze(n: int, size: int, rng: np.random.Generator) -> Field:
    return ramp(band_noise(n, size, rng, (0.1, 0.13)), rng)


def _grid(n: int, size: int, rng: np.random.Generator) -> Field:
    u, v = frame(n, size, rng, (2, 5))
    return np.maximum(np.abs(triangle_wave(u)), np.abs(triangle_wave(v))) ** 4


UNSEEN_TEXTURES: Mapping[str, Draw] = {
    "plaid": _plaid,
    "scales": _scales,
    "herringbone": _herringbone,
    "cracks": _cracks,
    "ripples": _ripples,
    "terrazzo": _terrazzo,
    "maze": _maze,
    "grid": _grid,
}


def _none(x: Field) -> Field:
    return np.zeros_like(x)


def _teardrop(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    return np.maximum(disc(x + 0.3, y, 0.6), edge(np.minimum(0.5 - 0.42 * (x + 0.2) - np.abs(y), x + 0.2))), _none(
        x
    )


def _target(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    return disc(x, y) * (1 - 0.8 * (disc(x, y, 0.75) - disc(x, y, 0.35))), _none(x)


def _ring_form(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    ring = disc(x - 0.3, y, 0.35) - disc(x - 0.3, y, 0.18)
    return 0.6 * disc(x, y), np.clip(ring + disc(x - 0.6, y, 0.12), 0, 1)


def _budding(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    return np.maximum(disc(x + 0.25, y, 0.65), disc(x - 0.65, y, 0.33)), _none(x)


def _dividing(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    plates = edge(np.minimum(0.1 - np.abs(np.abs(x) - 0.35), 0.5 - np.abs(y)))
    return 0.6 * disc(x * 0.85, y), plates


def _ghost(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    return disc(x, y) - 0.95 * disc(x, y, 0.85), _none(x)


def _bean(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    bean = disc(x, y, 0.65) * (1 - disc(x - 0.5, y, 0.35))
    return 0.6 * disc(x, y), bean


def _branched(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    arms = edge(0.35 + 0.6 * np.clip(np.cos(3 * np.arctan2(y, x)), 0, 1) ** 3 - np.hypot(x, y))
    return arms, disc(x, y, 0.22)


UNSEEN_CELLS: Mapping[str, Cell] = {
    "teardrop": _teardrop,
    "target": _target,
    "ring form": _ring_form,
    "budding": _budding,
    "dividing": _dividing,
    "ghost": _ghost,
    "bean nucleus": _bean,
    "branched": _branched,
}
