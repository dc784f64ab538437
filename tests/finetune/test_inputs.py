"""Whatever people hand in is decoded as files are, or refused with its position."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from automl_tl.errors import InvalidInput
from automl_tl.finetune.inputs import decode_inputs

RGB = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def test_arrays_and_images_become_rgb_pixels():
    grey = np.full((4, 4), 9, dtype=np.uint8)
    decoded = decode_inputs("image", [RGB, grey, grey[:, :, None], Image.fromarray(RGB), Image.fromarray(grey)])
    assert all(example.shape == (4, 4, 3) and example.dtype == np.uint8 for example in decoded)
    np.testing.assert_array_equal(decoded[0], decoded[3])
    np.testing.assert_array_equal(decoded[1], decoded[4])


def test_transparent_pixels_become_white():
    clear = np.zeros((2, 2, 4), dtype=np.uint8)
    assert (decode_inputs("image", [clear, Image.fromarray(clear)])[0] == 255).all()


def test_a_stack_of_images_is_a_list_of_images():
    assert len(decode_inputs("image", np.stack([RGB, RGB]))) == 2


def test_texts_pass_through():
    assert decode_inputs("text", ["a", ""]) == ["a", ""]


@pytest.mark.parametrize(
    ("modality", "inputs", "message"),
    [
        ("text", "one text", r"inputs must be a list of strings but got one str; write \[x\]"),
        ("text", ["ok", 3], r"inputs\[1\]: this model reads texts \(strings\) but got int"),
        ("text", [RGB], r"inputs\[0\]: this model reads texts"),
        ("image", "photo.png", "write"),
        ("image", [None], r"inputs\[0\]: this model reads images"),
        ("image", [RGB.astype(float)], "must be uint8"),
        ("image", [RGB, np.zeros((4, 4, 5), dtype=np.uint8)], r"inputs\[1\]: pixels must have shape"),
        ("image", [np.zeros((0, 4, 3), dtype=np.uint8)], "must have shape"),
        ("image", [Path("nowhere.png")], "there is no image file 'nowhere.png'"),
        ("image", ["x" * 5000], "there is no image file"),
        ("image", ["nul\0byte"], "there is no image file"),
        ("image", 7, "must be a list"),
    ],
)
def test_anything_else_is_refused_with_position_and_rule(modality, inputs, message):
    with pytest.raises(InvalidInput, match=message):
        decode_inputs(modality, inputs)


def test_a_file_that_is_no_image_is_named(tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not an image")
    with pytest.raises(InvalidInput, match=r"inputs\[0\].*broken.png"):
        decode_inputs("image", [broken])
