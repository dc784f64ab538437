"""Pixels are what the libraries' own evaluation transforms give."""

import numpy as np
import pytest
from PIL import Image
from timm.data import create_transform

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.card import ImageInput
from automl_tl.zoo.image_preprocess import image_to_pixels


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (100, 70), (70, 131), (8, 8), (9, 17)])
@pytest.mark.parametrize(("crop", "filter_name"), [(1.0, "bilinear"), (0.875, "bicubic")])
def test_equals_timms_evaluation_transform(height, width, crop, filter_name):
    """Also for small images, which are enlarged, and other shapes, which are cropped."""
    wanted = ImageInput((48, 48), (0.4, 0.5, 0.6), (0.2, 0.3, 0.25), filter_name, crop)
    transform = create_transform(
        (3, 48, 48), interpolation=filter_name, mean=wanted.mean, std=wanted.std, crop_pct=crop
    )
    image = picture(height, width)
    assert image_to_pixels(image, wanted) == pytest.approx(transform(Image.fromarray(image)).numpy(), abs=1e-5)


def test_an_image_of_the_right_size_is_only_normalised():
    """(x / 255 - mean) / std, channels first."""
    image = picture(32, 32)
    pixels = image_to_pixels(image, ImageInput((32, 32), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)))
    assert pixels.dtype == np.float32
    assert pixels == pytest.approx(image.transpose(2, 0, 1) / 127.5 - 1, abs=1e-6)


def test_a_very_long_image_stays_cheap():
    """Enlarging a line of pixels to full height would take gigabytes; only its centre is enlarged."""
    image = np.zeros((1, 60_000, 3), dtype=np.uint8)
    assert image_to_pixels(image, ImageInput((64, 64))).shape == (3, 64, 64)


def test_other_than_square_inputs_are_covered():
    """Height and width of the card are kept apart."""
    assert image_to_pixels(picture(50, 50), ImageInput((24, 40))).shape == (3, 24, 40)


def test_an_unknown_interpolation_is_named():
    """The card is wrong, so the model is unavailable."""
    with pytest.raises(ModelUnavailable, match="lanczos"):
        image_to_pixels(picture(8, 8), ImageInput((8, 8), interpolation="lanczos"))
