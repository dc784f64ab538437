"""Patches of equal size."""

import numpy as np
import pytest
import torch

from automl_tl.explain.maskers.grid_blur import GridBlur, grid_for


@pytest.mark.parametrize(
    ("height", "width", "grid"),
    [(224, 224, (7, 7)), (64, 64, (8, 8)), (32, 48, (8, 8)), (8, 5, (8, 5)), (1, 1, (1, 1))],
)
def test_grid_follows_the_input_size(height, width, grid):
    """7 x 7 aligns with 224-pixel models, 8 x 8 with powers of two; never more patches than pixels."""
    assert grid_for(height, width) == grid


@pytest.mark.parametrize("shape", [(32, 32), (31, 45), (8, 8)])
def test_every_pixel_is_in_exactly_one_patch(shape):
    """Names are one per patch, row by row, and sizes differ by one pixel at most in each direction."""
    masker = GridBlur(torch.rand(3, *shape))
    sizes = np.bincount(masker.regions.reshape(-1), minlength=masker.n_features)
    assert sizes.min() > 0
    assert sizes.sum() == shape[0] * shape[1]
    assert masker.n_features == masker.grid[0] * masker.grid[1]
    assert masker.feature_names[1] == "row 1, column 2"
    assert masker.regions[0, -1] == masker.grid[1] - 1


@pytest.mark.parametrize(("most", "grid"), [(64, (8, 8)), (50, (7, 7)), (30, (5, 5)), (3, (4, 4))])
def test_coarser_grids_keep_at_least_sixteen_patches(most, grid):
    """The largest grid that fits, never below 4 x 4."""
    assert GridBlur(torch.rand(3, 32, 32)).coarser(most).grid == grid


def test_there_is_nothing_coarser_than_four_by_four():
    """None says so."""
    assert GridBlur(torch.rand(3, 32, 32), (4, 4)).coarser(3) is None
    assert GridBlur(torch.rand(3, 32, 32)).other_baseline().grid == (8, 8)
