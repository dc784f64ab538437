"""Patches of an image as a coalition game."""

import io

import numpy as np
import pytest
from PIL import Image

from automl_tl.explain.image import LARGEST_SIDE, PatchGame, grid_for, preview_png, to_rgb_uint8


class BrightCorner:
    """Logit of class 1 is the mean of the upper left quarter."""

    modality = "image"
    class_names = ("dark", "bright")
    backbone = None
    head = None
    temperature = 1.0

    def logits(self, inputs):
        quarter = [image[: image.shape[0] // 2, : image.shape[1] // 2].mean() for image in inputs]
        return np.stack([np.zeros(len(quarter)), quarter], axis=1).astype(np.float32)


def random_image(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("height", "width", "side", "grid"),
    [
        (300, 200, 224, (7, 7)),
        (300, 200, 64, (8, 8)),
        (32, 32, 0, (8, 8)),
        (8, 5, 64, (8, 5)),
        (1, 1, 224, (1, 1)),
    ],
)
def test_grid_follows_the_input_size(height, width, side, grid):
    """7 x 7 aligns with 224-pixel models, 8 x 8 with powers of two; never more patches than pixels."""
    assert grid_for(height, width, side) == grid


@pytest.mark.parametrize("shape", [(32, 32), (31, 45), (8, 8)])
def test_everything_shown_is_the_image_itself(shape):
    """The full coalition is byte-identical to the input and each patch belongs to exactly one feature."""
    image = random_image(*shape)
    game = PatchGame(BrightCorner(), image)
    full = game.pictures(np.ones((1, game.n_features), dtype=bool))[0]
    assert np.array_equal(full, image)
    singles = game.pictures(np.eye(game.n_features, dtype=bool))
    hidden = game.pictures(np.zeros((1, game.n_features), dtype=bool))[0]
    changed = np.stack([(picture != hidden).any(axis=2) for picture in singles])
    assert changed.sum(axis=0).max() <= 1
    assert (image == hidden).mean() < 0.2


def test_value_asks_the_model_for_every_mask():
    """Logits come back in mask order as float64."""
    game = PatchGame(BrightCorner(), random_image(16, 16), grid=(2, 2))
    masks = np.array([[0, 0, 0, 0], [1, 1, 1, 1]], dtype=bool)
    logits = game.value(masks)
    assert logits.shape == (2, 2)
    assert logits.dtype == np.float64
    assert game.feature_names[1] == "row 1, column 2"


@pytest.mark.parametrize(("most", "grid"), [(64, (8, 8)), (50, (7, 7)), (30, (5, 5)), (3, (4, 4))])
def test_coarser_grids_keep_at_least_sixteen_patches(most, grid):
    """The largest grid that fits, never below 4 x 4."""
    assert PatchGame(BrightCorner(), random_image(32, 32)).at_most(most).grid == grid


def test_large_images_are_capped_and_previews_are_small():
    """Work is bounded by LARGEST_SIDE, the preview by 160 pixels."""
    game = PatchGame(BrightCorner(), random_image(40, 2000))
    assert game.pictures(np.ones((1, game.n_features), dtype=bool))[0].shape[1] == LARGEST_SIDE
    assert Image.open(io.BytesIO(preview_png(random_image(40, 2000)))).size == (160, 3)


def test_float_and_grey_images_keep_their_intensities():
    """A [0, 1] float image is scaled, not truncated to zero."""
    assert to_rgb_uint8(np.full((2, 2, 3), 0.5)).tolist() == np.full((2, 2, 3), 128).tolist()
    assert to_rgb_uint8(np.full((2, 2), 200, dtype=np.uint8)).shape == (2, 2, 3)
    assert to_rgb_uint8(np.full((2, 2, 3), 200.4)).max() == 200
