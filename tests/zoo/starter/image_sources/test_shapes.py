"""The shape domain."""

import numpy as np
import pytest

from automl_tl.zoo.starter.image_sources.shapes import SHAPES, draw_shapes, shapes


@pytest.mark.parametrize("name", list(SHAPES))
def test_corners_lie_in_the_unit_circle(name):
    """So that every figure fits its picture at every angle."""
    assert np.hypot(*SHAPES[name].T).max() <= 1.45
    assert SHAPES[name].shape[1] == 2


def test_every_figure_is_a_class():
    """Names of the classes are those of the figures."""
    assert shapes.class_names == tuple(SHAPES)


def test_a_disc_covers_more_than_a_bar():
    """The figures differ in area as geometry says; area shows as spread of the intensities."""
    names, rng = list(SHAPES), np.random.default_rng(0)

    def spread(name):
        images = draw_shapes(np.full(200, names.index(name)), 32, rng).mean(3)
        return np.mean(np.abs(images - np.median(images, axis=(1, 2), keepdims=True)))

    assert spread("circle") > spread("bar")
