"""From an image file to uint8 RGB pixels, whatever the file's format, mode, depth or orientation."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from automl_tl.data.limits import Limits

__all__ = ["IMAGE_SUFFIXES", "READ_SIDE", "UnreadableImage", "check_image", "image_size", "read_image"]

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
"""Endings of image files, in lower case."""

READ_SIDE = 384
"""Images are reduced on reading until their shorter side has this many pixels: no model here looks closer, and
3,000 photographs of a telephone would not fit into memory."""

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
_DEEP_MODES = ("I", "F")
_PIXEL_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
"""Memory of one decoded pixel by mode; 4 for all others."""

_RATIO_FLOOR = 64 << 20  # small images of one colour may compress well beyond max_ratio
_SLOW_PIXELS = 400_000  # Pillow decodes a few rare kinds in Python, in microseconds a pixel
_ORIENTATION = 0x0112
_DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    OverflowError,
    EOFError,
    IndexError,
    TypeError,
    KeyError,
    struct.error,
)


class UnreadableImage(ValueError):
    """The image breaks a rule; the text says which."""


def read_image(
    source: Path | IO[bytes], limits: Limits | None = None, *, side: int = READ_SIDE
) -> NDArray[np.uint8]:
    """Decode one image.

    The EXIF orientation is applied, transparent parts become white, the full range of 16-bit grey is scaled to 8
    bits, of several frames the first is taken, and large images are reduced so that the shorter side has ``side``
    pixels.

    Returns
    -------
    uint8 (height, width, 3).

    Raises
    ------
    UnreadableImage
        If it has more than ``max_pixels`` (checked before decoding) or cannot be decoded.
    """
    with _open(source, limits or Limits()) as image:
        try:
            _draft(image, side)
            return np.asarray(_reduced(_to_rgb(_upright(image)), side), dtype=np.uint8)
        except _DECODING_ERRORS as error:
            raise UnreadableImage(f"the image cannot be decoded ({error})") from None


def check_image(source: Path | IO[bytes], limits: Limits) -> str:
    """Return why an image cannot be read, or ""; decodes it at the lowest cost that still reads every byte."""
    try:
        with _open(source, limits) as image:
            _draft(image, 1)
            image.load()
            _to_rgb(image.crop((0, 0, 1, 1)))
    except UnreadableImage as error:
        return str(error)
    except _DECODING_ERRORS as error:
        return f"the image cannot be decoded ({error})"
    return ""


def image_size(source: Path | IO[bytes]) -> tuple[int, int]:
    """Return (width, height) as people see it, from the header alone; raises UnreadableImage."""
    with _open(source, Limits()) as image:
        width, height = image.size
        try:
            turned = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
        except _DECODING_ERRORS:
            turned = False
        return (height, width) if turned else (width, height)


def _open(source: Path | IO[bytes], limits: Limits) -> Image.Image:
    try:
        image = Image.open(source, formats=_FORMATS)
    except UnidentifiedImageError:
        raise UnreadableImage(f"not an image of a known format ({', '.join(_FORMATS)})") from None
    except Image.DecompressionBombError:
        raise UnreadableImage(f"the image has more than max_pixels = {limits.max_pixels} pixels") from None
    except _DECODING_ERRORS as error:
        raise UnreadableImage(f"the image cannot be opened ({error})") from None
    problem = _too_costly(image, _size_of(source), limits)
    if problem:
        image.close()
        raise UnreadableImage(problem)
    return image


def _too_costly(image: Image.Image, packed: int, limits: Limits) -> str:
    """Return why decoding an image would cost too much, told by its header, or ""."""
    width, height = image.size
    pixels = width * height
    if pixels > limits.max_pixels:
        return (
            f"the image has {width} x {height} pixels, more than max_pixels = {limits.max_pixels}; make it smaller"
        )
    unpacked = pixels * _PIXEL_BYTES.get(image.mode, 4)
    if unpacked > _RATIO_FLOOR and unpacked > packed * limits.max_ratio:
        return (
            f"the image unpacks from {packed} to {unpacked} bytes, more than max_ratio = {limits.max_ratio} "
            "times as much; make it smaller"
        )
    if pixels > _SLOW_PIXELS and any(tile[0] in Image.DECODERS for tile in getattr(image, "tile", ())):
        return (
            f"images of this kind ({image.format}) may have {_SLOW_PIXELS} pixels but this has {pixels}; use PNG"
        )
    return ""


def _size_of(source: Path | IO[bytes]) -> int:
    if isinstance(source, Path):
        return source.stat().st_size
    place = source.tell()
    size = source.seek(0, os.SEEK_END)
    source.seek(place)
    return size


def _draft(image: Image.Image, side: int) -> None:
    """Let the JPEG decoder skip detail that would be thrown away; it never goes below the size asked for."""
    shorter = min(image.size)
    if shorter > side:
        factor = side / shorter
        image.draft(None, (max(1, int(image.width * factor)), max(1, int(image.height * factor))))


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except _DECODING_ERRORS:
        return image  # damaged EXIF says nothing about the pixels


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _DEEP_MODES or image.mode.startswith("I;16"):
        return _from_deep(image).convert("RGB")
    if image.has_transparency_data:
        canvas = Image.new("RGBA", image.size, (255, 255, 255, 255))
        canvas.alpha_composite(image.convert("RGBA"))
        return canvas.convert("RGB")
    return image.convert("RGB")


def _from_deep(image: Image.Image) -> Image.Image:
    """Scale 16-bit integers from [0, 65535], and floats from [0, 1] or [0, 255], to 8 bits."""
    values = np.asarray(image, dtype=np.float64)
    if image.mode == "F":
        values = values * 255 if values.size and np.nanmax(values) <= 1 else values
    else:
        values = values / 257
    scaled = np.clip(np.nan_to_num(values), 0, 255).round().astype(np.uint8)
    return Image.fromarray(scaled)


def _reduced(image: Image.Image, side: int) -> Image.Image:
    shorter = min(image.size)
    if shorter <= side:
        return image
    size = (max(1, round(image.width * side / shorter)), max(1, round(image.height * side / shorter)))
    return image.resize(size, Image.Resampling.BOX)
