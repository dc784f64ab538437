"""The simulated pen."""

import numpy as np
import pytest

from automl_tl.zoo.starter.image_sources.glyphs import CLASS_NAMES
from automl_tl.zoo.starter.image_sources.pen import FORMS, pen_distance


def test_every_class_of_the_glyphs_can_be_written():
    """The pen knows exactly the classes of the domain."""
    assert set(FORMS) == set(CLASS_NAMES)


@pytest.mark.parametrize("character", CLASS_NAMES)
def test_forms_are_well_made(character):
    """Each stroke is a kind and at least two points inside the grid."""
    for form in FORMS[character]:
        for stroke in form.split():
            kind, points = stroke[0], stroke[1:]
            assert kind in "cs"
            assert len(points) % 2 == 0
            assert len(points) >= 4
            assert set(points[0::2]) <= set("01234")
            assert set(points[1::2]) <= set("01234567")


def test_no_two_handwritings_are_the_same():
    """The hand shakes."""
    maps = pen_distance("4", 10, 16, np.random.default_rng(0))
    assert len({one.tobytes() for one in maps}) == 10


def test_writing_touches_the_paper():
    """Every handwriting passes near some pixels and stays away from others."""
    maps = pen_distance("T", 30, 16, np.random.default_rng(0))
    assert (maps.min((1, 2)) < 0.1).all()
    assert (maps.max((1, 2)) > 0.3).all()
