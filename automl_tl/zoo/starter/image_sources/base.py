"""What an image source domain must be able to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from automl_tl.registry import Registry

__all__ = ["FloatImages", "ImageSource", "Images", "image_sources"]

Images = NDArray[np.uint8]
"""RGB images (N, H, W, 3)."""

FloatImages = NDArray[np.floating]
"""Intensities in [0, 1]: (N, H, W) grey or (N, H, W, 3) RGB."""


@dataclass(frozen=True)
class ImageSource:
    """A labelled domain of generated images.

    Attributes
    ----------
    name
        Key of the domain, such as ``glyphs``.
    description
        One sentence for the model card.
    class_names
        Names of the classes; labels index into them.
    draw
        ``draw(labels int64 (N,), size, rng) -> uint8 (N, size, size, 3)``.
    """

    name: str
    description: str
    class_names: tuple[str, ...]
    draw: Callable[[NDArray[np.int64], int, np.random.Generator], Images]

    def sample(self, n: int, seed: int, *, size: int = 32) -> tuple[Images, NDArray[np.int64]]:
        """Return ``n`` images (n, size, size, 3) and their labels (n,); the same seed gives the same bytes.

        Classes are as even as ``n`` allows.
        """
        rng = np.random.default_rng(seed)
        labels = rng.permutation(np.arange(n, dtype=np.int64) % len(self.class_names))
        images = np.empty((n, size, size, 3), np.uint8)
        for start in range(0, n, 512):
            part = slice(start, start + 512)
            images[part] = self.draw(labels[part], size, rng)
        return images, labels


def _load_builtin() -> None:
    for name in ("glyphs", "textures", "shapes", "cells", "scenes"):
        import_module(f"automl_tl.zoo.starter.image_sources.{name}")


image_sources: Registry[ImageSource] = Registry("starter_image_source", _load_builtin)
