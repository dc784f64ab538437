"""What people hand to a model, turned into the decoded inputs that the data room would have made of it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from automl_tl.data.dataset import Example
from automl_tl.data.modalities.pixels import UnreadableImage, read_image
from automl_tl.errors import InvalidInput

__all__ = ["decode_inputs"]

_WANTED = {
    "image": "file paths, PIL images or uint8 arrays (height, width, 3)",
    "text": "strings",
}
_PNG_MODES = ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA")


def decode_inputs(modality: str, inputs: Sequence[Any]) -> list[Example]:
    """Return one decoded example per input.

    Raises
    ------
    InvalidInput
        Naming the position, if an input is of the wrong kind or cannot be read.
    """
    if isinstance(inputs, str | bytes | Path | Image.Image) or not hasattr(inputs, "__iter__"):
        raise InvalidInput(
            f"inputs must be a list of {_WANTED[modality]} but got one {type(inputs).__name__}; write [x] for one",
            field="inputs",
        )
    decode = _image if modality == "image" else _text
    return [decode(value, f"inputs[{position}]") for position, value in enumerate(inputs)]


def _text(value: Any, field: str) -> Example:
    if not isinstance(value, str):
        raise _wrong_kind("text", value, field)
    return value


def _image(value: Any, field: str) -> Example:
    if isinstance(value, np.ndarray):
        return _pixels(value, field)
    if isinstance(value, Image.Image):
        return _read(_as_png(value), field, "the image")
    if not isinstance(value, str | Path):
        raise _wrong_kind("image", value, field)
    try:
        found = Path(value).is_file()
    except (OSError, ValueError):
        found = False
    if not found:
        shown = str(value) if len(str(value)) <= 120 else f"{str(value)[:120]}..."
        raise InvalidInput(f"{field}: this model reads images and there is no image file {shown!r}", field=field)
    return _read(Path(value), field, str(value))


def _pixels(value: np.ndarray, field: str) -> np.ndarray:
    if value.dtype != np.uint8:
        raise InvalidInput(
            f"{field}: pixels must be uint8 in [0, 255] but got {value.dtype}; convert them first", field=field
        )
    if value.ndim == 3 and value.shape[2] == 3 and value.size:
        return value
    grey = value[:, :, 0] if value.ndim == 3 and value.shape[2] == 1 else value
    if value.size and (grey.ndim == 2 or (value.ndim == 3 and value.shape[2] == 4)):
        return np.asarray(_read(_as_png(Image.fromarray(grey)), field, "the array"))
    raise InvalidInput(
        f"{field}: pixels must have shape (height, width, 3), (height, width) or (height, width, 4) "
        f"but got {value.shape}",
        field=field,
    )


def _as_png(image: Image.Image) -> io.BytesIO:
    """Take the image through a lossless file, so that every mode is converted where files are."""
    upright = ImageOps.exif_transpose(image)
    buffer = io.BytesIO()
    (upright if upright.mode in _PNG_MODES else upright.convert("RGB")).save(buffer, format="PNG")
    buffer.seek(0)
    return buffer


def _read(source: Path | io.BytesIO, field: str, what: str) -> Example:
    try:
        return read_image(source)
    except UnreadableImage as error:
        raise InvalidInput(f"{field}: {what}: {error}", field=field) from None


def _wrong_kind(modality: str, value: Any, field: str) -> InvalidInput:
    return InvalidInput(
        f"{field}: this model reads {modality}s ({_WANTED[modality]}) but got {type(value).__name__}", field=field
    )
