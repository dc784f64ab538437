"""Outlines of the fonts that matplotlib ships."""

import numpy as np

from automl_tl.zoo.starter.image_sources.fonts import BOX, font_distances


def test_there_are_many_faces_of_a_character():
    """More than twenty distinct drawings of one letter."""
    assert len(font_distances("A")) > 20


def test_distances_are_negative_inside_only():
    """A letter covers some but not most of its box, and the rim of the box lies outside."""
    maps = font_distances("e")
    assert maps.shape[1:] == (BOX, BOX)
    inside = (maps < 0).mean((1, 2))
    assert ((inside > 0.01) & (inside < 0.7)).all()
    assert (maps[:, 0] > 0).all()


def test_distances_grow_at_most_as_fast_as_the_way():
    """A distance map cannot change by more than a pixel's diagonal between neighbours."""
    steps = np.abs(np.diff(font_distances("S"), axis=2))
    assert steps.max() <= 2 / BOX * 2 + 1e-6
