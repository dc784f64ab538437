"""The texture domain."""

import numpy as np

from automl_tl.zoo.starter.image_sources.textures import DRAWERS, draw_textures, textures


def test_every_drawer_is_a_class():
    """Names of the classes are those of the drawers."""
    assert textures.class_names == tuple(DRAWERS)


def test_a_checker_board_repeats_and_grain_does_not():
    """A pattern has a far stronger peak in its spectrum than noise."""
    names = list(DRAWERS)
    rng = np.random.default_rng(0)

    def peak(name):
        images = draw_textures(DRAWERS, np.full(60, names.index(name)), 32, rng).mean(3)
        power = np.abs(np.fft.rfft2(images - images.mean((1, 2), keepdims=True))) ** 2
        return np.median(power.max((1, 2)) / power.sum((1, 2)))

    assert peak("checker") > 3 * peak("grain")
