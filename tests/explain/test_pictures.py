"""Pictures of any kind as RGB, and small ones for reports."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from automl_tl.explain.pictures import as_seen, preview_png, to_rgb_uint8


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 2), (4, 5, 3), (4, 5, 4)])
def test_every_kind_becomes_rgb(shape):
    """Grey, grey with transparency, RGB, RGBA."""
    found = to_rgb_uint8(np.full(shape, 200, dtype=np.uint8))
    assert found.shape == (4, 5, 3)
    assert found.dtype == np.uint8


def test_transparent_parts_turn_white():
    """Half transparent black is grey."""
    image = np.zeros((1, 3, 4), dtype=np.uint8)
    image[0, :, 3] = (0, 128, 255)
    assert to_rgb_uint8(image)[0, :, 0].tolist() == [255, 127, 0]


def test_float_images_keep_their_intensities():
    """A [0, 1] float image is scaled, not truncated to zero; what is not a number is black."""
    assert to_rgb_uint8(np.full((2, 2, 3), 0.5)).tolist() == np.full((2, 2, 3), 128).tolist()
    assert to_rgb_uint8(np.full((2, 2, 3), 200.4)).max() == 200
    assert to_rgb_uint8(np.full((2, 2, 3), np.nan)).max() == 0


def test_previews_are_small():
    """At most 160 pixels; small pictures keep their size."""
    wide = np.zeros((40, 2000, 3), dtype=np.uint8)
    assert Image.open(io.BytesIO(preview_png(wide))).size == (160, 3)
    assert Image.open(io.BytesIO(preview_png(wide[:, :32]))).size == (32, 40)


def test_a_prepared_picture_is_shown_as_it_was():
    """Normalisation is taken back by the card; without one the range is stretched."""
    image = np.random.default_rng(0).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    wanted = SimpleNamespace(mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.1))
    pixels = ((image / 255 - wanted.mean) / wanted.std).transpose(2, 0, 1)
    backbone = SimpleNamespace(card=SimpleNamespace(input=wanted))
    assert np.array_equal(as_seen(pixels, backbone), image)
    stretched = as_seen(pixels, SimpleNamespace())
    assert (stretched.min(), stretched.max()) == (0, 255)
