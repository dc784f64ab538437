"""The glyph domain."""

import numpy as np

from automl_tl.zoo.starter.image_sources.glyphs import CLASS_NAMES, draw_glyphs


def test_classes_are_those_of_emnist_balanced():
    """Ten digits, 26 capitals and the eleven small letters that look unlike their capital."""
    assert len(CLASS_NAMES) == 47
    assert sum(name.isdigit() for name in CLASS_NAMES) == 10
    assert sum(name.isupper() for name in CLASS_NAMES) == 26


def test_a_bar_is_a_bar():
    """The average 1 has most of its contrast in the middle columns, the average 0 at the sides of it."""
    rng = np.random.default_rng(0)
    zeros, ones = (draw_glyphs(np.full(300, label), 32, rng).mean(3) for label in (0, 1))
    contrast = [np.abs(images - np.median(images, axis=(1, 2), keepdims=True)).mean(0) for images in (ones, zeros)]
    middle = [one[8:24, 14:18].mean() / one[8:24].mean() for one in contrast]
    assert middle[0] > 1.3 * middle[1]
