"""Regions that follow what is in the picture."""

import numpy as np
import torch

from automl_tl.explain.maskers.superpixels import Superpixels, segment


def disc(side=64):
    down, across = np.mgrid[0:side, 0:side]
    inside = (down - side / 2) ** 2 + (across - side / 2) ** 2 < (side / 4) ** 2
    noise = np.random.default_rng(0).normal(0, 0.02, (3, side, side))
    return torch.from_numpy((np.where(inside, 1.0, -1.0)[None] + noise).astype(np.float32)), inside


def test_regions_do_not_cross_the_edge_of_an_object():
    """Nearly every region lies inside the disc or outside."""
    pixels, inside = disc()
    masker = Superpixels(pixels, 40)
    share = np.array([inside[masker.regions == region].mean() for region in range(masker.n_features)])
    sizes = np.bincount(masker.regions.reshape(-1))
    mixed = sizes[(share > 0.1) & (share < 0.9)].sum()
    assert mixed < 0.05 * sizes.sum()
    assert 20 <= masker.n_features <= 80


def test_regions_are_numbered_without_gaps_and_have_a_minimum_size():
    """Scraps of noise belong to a neighbour."""
    regions = segment(np.random.default_rng(1).normal(size=(48, 48, 3)), 36)
    sizes = np.bincount(regions.reshape(-1))
    assert sizes.min() > 0
    assert np.array_equal(np.unique(regions), np.arange(len(sizes)))


def test_large_inputs_are_cut_on_a_small_copy():
    """The map has the input's size, the work that of 64 pixels."""
    masker = Superpixels(torch.rand(3, 224, 200), 30)
    assert masker.regions.shape == (224, 200)
    assert max(masker.segments.shape) == 64
    assert masker.feature_names[0].startswith("region at ")


def test_coarser_regions_are_fewer():
    """About as many as the budget allows."""
    masker = Superpixels(disc()[0], 49)
    fewer = masker.coarser(25)
    assert fewer.n_features <= 32
    assert masker.coarser(1000) is masker


def test_a_constant_picture_is_cut_into_cells():
    """Without edges the regions are those of a grid."""
    masker = Superpixels(torch.zeros(3, 32, 32), 16)
    assert 9 <= masker.n_features <= 25
    assert Superpixels(torch.zeros(3, 1, 1)).n_features == 1
