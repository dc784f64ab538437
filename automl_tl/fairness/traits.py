"""Properties of an input that are not its content: what a model could use as a shortcut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset, Example

__all__ = ["column_traits", "file_sizes", "input_traits"]

Trait = NDArray[np.float64] | NDArray[np.str_]

_BORDER = 0.1
_MOST_VALUES = 20


def input_traits(inputs: Sequence[Example]) -> dict[str, Trait]:
    """Return traits by name, one value per input: of pictures shape, brightness and background, of texts length.

    Parameters
    ----------
    inputs
        uint8 arrays (height, width, 3), or texts; one kind.
    """
    if not inputs:
        return {}
    if isinstance(inputs[0], str):
        return _text_traits([str(text) for text in inputs])
    return _image_traits(np.asarray(image) for image in inputs)


def file_sizes(dataset: Dataset, rows: NDArray[np.int64]) -> dict[str, Trait]:
    """Return the size in bytes of the files behind these rows; nothing where inputs are not files."""
    paths = [dataset.root / dataset.inputs[int(row)] for row in rows] if dataset.modality == "image" else []
    if not paths or not all(path.is_file() for path in paths):
        return {}
    return {"file size": np.array([path.stat().st_size for path in paths], dtype=np.float64)}


def column_traits(dataset: Dataset, rows: NDArray[np.int64], left_out: Sequence[str]) -> dict[str, Trait]:
    """Return the other columns with 2 to 20 values, such as a source or a device.

    ``left_out`` names those that are not meant. Columns that say which part a row belongs to are no trait of an
    input.
    """
    traits: dict[str, Trait] = {}
    for name, values in dataset.columns.items():
        if name in left_out or name.lower() == "split":
            continue
        column = np.array([values[int(row)] for row in rows], dtype=np.str_)
        if 2 <= len(np.unique(column)) <= _MOST_VALUES:
            traits[f"column {name}"] = column
    return traits


def _image_traits(images: Iterable[NDArray[np.uint8]]) -> dict[str, Trait]:
    """Return the traits after one pass: the images may be too many to be in memory together."""
    seen = [(image.shape[:2], image.mean(), image.std(), _border(image)) for image in images]
    shapes = np.array([shape for shape, _, _, _ in seen], dtype=np.float64)
    borders = np.array([border for _, _, _, border in seen])
    return {
        "aspect ratio": shapes[:, 1] / shapes[:, 0],
        "number of pixels": shapes[:, 0] * shapes[:, 1],
        "brightness": np.array([float(mean) for _, mean, _, _ in seen]),
        "background brightness": borders.mean(axis=1),
        "background warmth (red minus blue)": borders[:, 0] - borders[:, 2],
        "contrast": np.array([float(deviation) for _, _, deviation, _ in seen]),
    }


def _border(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the mean colour of the outer tenth on each side, where the background usually is."""
    height, width = image.shape[:2]
    top, left = max(1, round(_BORDER * height)), max(1, round(_BORDER * width))
    mask = np.ones((height, width), dtype=bool)
    mask[top : height - top, left : width - left] = False
    return np.asarray(image[mask].reshape(-1, image.shape[2])[:, :3].mean(axis=0), dtype=np.float64)


def _text_traits(texts: Sequence[str]) -> dict[str, Trait]:
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    some = np.maximum(lengths, 1)

    def share(pattern: str) -> NDArray[np.float64]:
        return np.array([len(re.findall(pattern, text)) for text in texts]) / some

    return {
        "text length": lengths,
        "number of words": np.array([len(text.split()) for text in texts], dtype=np.float64),
        "share of capitals": share(r"[A-Z]"),
        "share of digits": share(r"\d"),
        "share of punctuation": share(r"[^\w\s]"),
        "share of letters beyond ASCII": share(r"[^\x00-\x7f]"),
    }
