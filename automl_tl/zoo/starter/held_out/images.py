"""Held-out image tasks: real digits, patches of real photographs, and unseen kinds of texture and cell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.zoo.starter.held_out.base import HeldOutData, HeldOutTask, held_out_tasks
from automl_tl.zoo.starter.held_out.unseen import UNSEEN_CELLS, UNSEEN_TEXTURES
from automl_tl.zoo.starter.image_sources.base import Images
from automl_tl.zoo.starter.image_sources.cells import draw_cells
from automl_tl.zoo.starter.image_sources.textures import draw_textures

__all__: list[str] = []

_SEED = 77_000_000
_N = 1200


def _digits() -> HeldOutData:
    from sklearn.datasets import load_digits

    data = load_digits()
    grey = np.round(data.images / 16 * 255).astype(np.uint8)
    return HeldOutData(tuple("0123456789"), list(np.repeat(grey[..., None], 3, 3)), data.target.astype(np.int64))


def _photographs() -> HeldOutData:
    """Cut grey 48-pixel patches from a grid of 2 x 3 regions of each of scikit-learn's two photographs."""
    from sklearn.datasets import load_sample_images

    rng = np.random.default_rng(_SEED)
    data = load_sample_images()
    names: list[str] = []
    patches: list[Example] = []
    labels: list[int] = []
    for picture, file in zip(data.images, data.filenames, strict=True):
        height, width = picture.shape[0] // 2, picture.shape[1] // 3
        for row in range(2):
            for column in range(3):
                region = picture[row * height : (row + 1) * height, column * width : (column + 1) * width]
                patches += [_patch(region, rng) for _ in range(_N // 12)]
                labels += [len(names)] * (_N // 12)
                names.append(f"{file.rsplit('/', 1)[-1].removesuffix('.jpg')} {row + 1}-{column + 1}")
    return HeldOutData(tuple(names), patches, np.array(labels, np.int64))


def _patch(region: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    top, left = rng.integers(region.shape[0] - 48), rng.integers(region.shape[1] - 48)
    grey = region[top : top + 48, left : left + 48].mean(2)
    changed = (grey - grey.mean()) * rng.uniform(0.7, 1.3) + rng.uniform(80, 176)
    return np.repeat(np.clip(changed, 0, 255).astype(np.uint8)[..., None], 3, 2)


def _generated(
    names: tuple[str, ...], draw: Callable[[NDArray[np.int64], np.random.Generator], Images]
) -> HeldOutData:
    labels = np.arange(_N, dtype=np.int64) % len(names)
    return HeldOutData(names, list(draw(labels, np.random.default_rng(_SEED))), labels)


def _unseen_textures() -> HeldOutData:
    return _generated(tuple(UNSEEN_TEXTURES), lambda labels, rng: draw_textures(UNSEEN_TEXTURES, labels, 32, rng))


def _unseen_cells() -> HeldOutData:
    return _generated(tuple(UNSEEN_CELLS), lambda labels, rng: draw_cells(UNSEEN_CELLS, labels, 32, rng))


for _task in (
    HeldOutTask("digits", "image", "scikit-learn's handwritten digits, 8 x 8 pixels", _digits),
    HeldOutTask(
        "photographs", "image", "twelve regions of scikit-learn's two photographs, grey patches", _photographs
    ),
    HeldOutTask(
        "unseen textures", "image", "eight kinds of texture that the source domain lacks", _unseen_textures
    ),
    HeldOutTask("unseen cells", "image", "eight kinds of cell that the source domain lacks", _unseen_cells),
):
    held_out_tasks.register(_task.name, _task)
