"""From a decoded image to the numbers a model was trained on: resize, centre crop, normalise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.card import ImageInput

__all__ = ["image_to_pixels"]

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}
_WIDEST_ASPECT = 4.0


def image_to_pixels(image: NDArray[np.uint8], wanted: ImageInput) -> NDArray[np.float32]:
    """Return an image as the model wants it.

    Parameters
    ----------
    image
        uint8 (height, width, 3) in RGB; small images are enlarged.
    wanted
        Size, crop fraction, interpolation and channel statistics of the model.

    Returns
    -------
    float32 (3, H, W). The shorter side is resized to ``floor(size / crop_fraction)`` and the centre is cut
    out, with the roundings of the libraries the models were trained with.

    Raises
    ------
    ModelUnavailable
        If the card names an interpolation that is not nearest, bilinear or bicubic.
    """
    if wanted.interpolation not in _FILTERS:
        known = ", ".join(sorted(_FILTERS))
        raise ModelUnavailable(
            f"interpolation must be one of {known} but the model card says {wanted.interpolation!r}",
            field="input.interpolation",
        )
    picture = _trim_long_side(Image.fromarray(np.ascontiguousarray(image)))
    picture = _resize(picture, wanted)
    intensities = np.asarray(_centre_crop(picture, wanted.size), dtype=np.float32) / np.float32(255.0)
    values = (intensities - np.asarray(wanted.mean, np.float32)) / np.asarray(wanted.std, np.float32)
    return np.ascontiguousarray(values.transpose(2, 0, 1), dtype=np.float32)


def _trim_long_side(picture: Image.Image) -> Image.Image:
    """Cut very long images around their centre, so that enlarging the short side stays cheap."""
    width, height = picture.size
    limit = int(_WIDEST_ASPECT * min(width, height))
    kept_width, kept_height = min(width, limit), min(height, limit)
    if (kept_width, kept_height) == (width, height):
        return picture
    left, top = (width - kept_width) // 2, (height - kept_height) // 2
    return picture.crop((left, top, left + kept_width, top + kept_height))


def _resize(picture: Image.Image, wanted: ImageInput) -> Image.Image:
    scaled_height, scaled_width = (math.floor(side / wanted.crop_fraction) for side in wanted.size)
    width, height = picture.size
    if scaled_width * height >= scaled_height * width:
        target = (scaled_width, max(scaled_height, int(scaled_width * height / width)))
    else:
        target = (max(scaled_width, int(scaled_height * width / height)), scaled_height)
    if target == picture.size:
        return picture
    return picture.resize(target, _FILTERS[wanted.interpolation])


def _centre_crop(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    height, width = size
    left = round((picture.width - width) / 2)
    top = round((picture.height - height) / 2)
    return picture.crop((left, top, left + width, top + height))
