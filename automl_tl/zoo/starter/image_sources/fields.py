"""Random fields that textures and scenes are made of; all return (n, size, size)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.zoo.starter.image_sources.geometry import canvas, rotation

__all__ = ["band_noise", "cellular", "frame", "ramp", "triangle_wave"]

Field = NDArray[np.floating]


def frame(
    n: int, size: int, rng: np.random.Generator, periods: tuple[float, float], *, square: bool = True
) -> tuple[Field, Field]:
    """Return coordinates u, v in periods of the pattern, turned at random; ``periods`` cross the image."""
    x, y = canvas(size)
    turned = np.einsum("nij,jhw->inhw", rotation(rng.uniform(0, 2 * np.pi, n)), np.stack([x, y]))
    count = rng.uniform(*periods, (n, 1, 1)) / 2
    aspect = 1.0 if square else rng.uniform(0.8, 1.6, (n, 1, 1))
    phase = rng.random((2, n, 1, 1))
    return turned[0] * count + phase[0], turned[1] * count * aspect + phase[1]


def ramp(values: Field, rng: np.random.Generator) -> Field:
    """Return values squeezed to [-1, 1] through an edge of random steepness per image."""
    return np.tanh(values * rng.uniform(1.5, 8, (len(values), 1, 1)))


def triangle_wave(values: Field) -> Field:
    """Return a wave of period 1 between -0.5 and 0.5 with straight flanks."""
    return np.abs(values % 1 - 0.5) * 2 - 0.5


def band_noise(
    n: int,
    size: int,
    rng: np.random.Generator,
    band: tuple[float, float],
    *,
    stretch: float = 1.0,
    slope: float = 0.0,
) -> Field:
    """Return unit-variance noise with frequencies in ``band`` (cycles a pixel).

    ``stretch`` lengthens the grain along a random direction; amplitudes fall as frequency to the ``slope``.
    """
    frequency = np.stack(np.meshgrid(np.fft.rfftfreq(size), np.fft.fftfreq(size)))
    turned = np.einsum("nij,jhw->inhw", rotation(rng.uniform(0, np.pi, n)), frequency)
    radius = np.hypot(turned[0] * stretch, turned[1])
    passed = np.exp(
        -((np.clip(band[0] - radius, 0, None) / 0.02) ** 2 + (np.clip(radius - band[1], 0, None) / 0.05) ** 2)
    )
    gain = passed / np.maximum(radius, 1 / size) ** slope
    gain[:, 0, 0] = 0
    spectrum = np.fft.rfft2(rng.standard_normal((n, size, size))) * gain
    noise = np.fft.irfft2(spectrum, s=(size, size))
    return (noise / (noise.std((1, 2), keepdims=True) + 1e-6)).astype(np.float32)


def cellular(n: int, size: int, rng: np.random.Generator, points: tuple[int, int]) -> tuple[Field, Field]:
    """Return the distances to the nearest and second nearest of some random points (Worley noise)."""
    x, y = canvas(size)
    first = np.full((n, size, size), 9.0, np.float32)
    second = first.copy()
    count = rng.integers(*points, size=(n, 1, 1))
    for k in range(points[1]):
        at = rng.uniform(-1.2, 1.2, (2, n, 1, 1)).astype(np.float32)
        distance = np.where(k < count, np.hypot(x - at[0], y - at[1]), 9.0)
        second = np.minimum(second, np.maximum(first, distance))
        first = np.minimum(first, distance)
    return first.astype(np.float32), second.astype(np.float32)
