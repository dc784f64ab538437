"""Images: files below the dataset's root."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset, Example
from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import InputColumn, Modality, modalities
from automl_tl.data.modalities.pixels import IMAGE_SUFFIXES, UnreadableImage, check_image, image_size, read_image
from automl_tl.errors import DatasetError

__all__ = ["ImageModality"]

_SAMPLE = 200


class ImageModality(Modality):
    """Images as uint8 RGB; inputs are paths relative to the dataset's root."""

    name = "image"
    input_columns = (
        "image",
        "image_path",
        "path",
        "file",
        "filename",
        "file_name",
        "file_path",
        "filepath",
        "img",
        "img_path",
        "picture",
        "photo",
    )
    file_suffixes = IMAGE_SUFFIXES

    def find_column(self, columns: Mapping[str, Sequence[str]], root: Path) -> InputColumn | None:
        """Return the first column of paths to images, by name or else by what it holds."""
        by_lower = {name.lower(): name for name in reversed(list(columns))}
        named = [by_lower[name] for name in self.input_columns if name in by_lower]
        others = [name for name in columns if name not in named]
        for name in (*named, *others):
            sample = [value for value in columns[name] if value][:_SAMPLE]
            if 2 * sum(value.lower().endswith(self.file_suffixes) for value in sample) <= len(sample):
                continue
            # A column of links to the web beside a column of texts is no reason to look for files.
            present = any(_exists(root, value) for value in sample)
            remark = "" if name in named else f"images are read from the column {name!r}, which holds image paths"
            return InputColumn(name, (0.9 if present else 0.4) + (0.1 if name in named else 0.0), remark)
        return None

    def check(self, root: Path, value: str, limits: Limits) -> str:
        """Return why the file is not a usable image, or ""."""
        if not value:
            return "the path is empty"
        path = root / value
        if not path.is_file():
            return "there is no such file"
        return check_image(path, limits)

    def check_stored(self, value: bytes | str, limits: Limits) -> str:
        """Return why the bytes are not a usable image, or ""."""
        if isinstance(value, str):
            return "the input is text and no image"
        return check_image(io.BytesIO(value), limits)

    def read(self, dataset: Dataset, indices: Sequence[int]) -> list[Example]:
        """Return uint8 arrays (height, width, 3); see :func:`automl_tl.data.modalities.pixels.read_image`."""
        sources = _sources(dataset, indices)
        return [_decode(dataset, index, source) for index, source in zip(indices, sources, strict=True)]

    def content_key(self, dataset: Dataset, index: int) -> str:
        """Return the SHA-256 of shape and pixels: the same picture in two files or formats has one key."""
        pixels = _decode(dataset, index, *_sources(dataset, [index]))
        height, width = pixels.shape[:2]
        return hashlib.sha256(f"{height}x{width}:".encode() + pixels.tobytes()).hexdigest()

    def sizes(self, dataset: Dataset, index: int) -> Mapping[str, float]:
        """Return width and height in pixels of the file, from its header."""
        try:
            width, height = image_size(*_sources(dataset, [index]))
        except UnreadableImage as error:
            raise _unreadable(dataset, index, error) from None
        return {"width": float(width), "height": float(height)}


def _sources(dataset: Dataset, indices: Sequence[int]) -> list[Path | io.BytesIO]:
    """Return the files of these rows, or their bytes where they are stored in shards."""
    if dataset.stored is None:
        return [dataset.root / dataset.inputs[index] for index in indices]
    return [io.BytesIO(value) for value in dataset.stored.read(indices) if isinstance(value, bytes)]


def _decode(dataset: Dataset, index: int, source: Path | io.BytesIO) -> NDArray[np.uint8]:
    try:
        return read_image(source)
    except UnreadableImage as error:
        raise _unreadable(dataset, index, error) from None


def _exists(root: Path, value: str) -> bool:
    try:
        return (root / value).is_file()
    except (OSError, ValueError):
        return False


def _unreadable(dataset: Dataset, index: int, error: Exception) -> DatasetError:
    return DatasetError(f"row {dataset.row_ids[index]}: {error}", field=dataset.inputs[index])


modalities.register(ImageModality.name, ImageModality())
