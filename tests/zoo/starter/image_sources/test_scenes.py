"""The scene domain."""

import numpy as np

from automl_tl.zoo.starter.image_sources.scenes import DRAWERS, draw_scenes, scenes


def _mean_image(name):
    labels = np.full(150, list(DRAWERS).index(name))
    return draw_scenes(labels, 32, np.random.default_rng(0)).mean(0)


def test_every_drawer_is_a_class():
    """Names of the classes are those of the drawers."""
    assert scenes.class_names == tuple(DRAWERS)


def test_nights_are_dark_and_snow_is_bright():
    """Light is a cue."""
    assert _mean_image("night").mean() < 60 < 150 < _mean_image("snow").mean()


def test_the_sky_is_above():
    """Blue over sand in a desert."""
    desert = _mean_image("desert")
    blueness = desert[..., 2] - desert[..., 0]
    assert blueness[:5].mean() > blueness[-5:].mean() + 20


def test_forests_are_green():
    """Colour is a cue."""
    forest = _mean_image("forest").mean((0, 1))
    assert forest[1] > forest[0]
    assert forest[1] > forest[2]
