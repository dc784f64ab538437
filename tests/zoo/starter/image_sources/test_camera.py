"""What photographing does to a drawing."""

import numpy as np

from automl_tl.zoo.starter.image_sources import camera


def _board(n=6):
    return np.random.default_rng(0).random((n, 32, 32, 3)).astype(np.float32)


def test_low_resolution_keeps_the_mean():
    """Averaging down and enlarging by whole pixels neither brightens nor darkens."""
    taken = camera.low_resolution(_board(), np.random.default_rng(1), share=1.0)
    np.testing.assert_allclose(taken.mean(), _board().mean(), atol=0.01)


def test_low_resolution_loses_detail():
    """Every image that goes down has less contrast between neighbours."""
    taken = camera.low_resolution(_board(), np.random.default_rng(1), share=1.0)
    assert (taken.std((1, 2, 3)) < _board().std((1, 2, 3))).all()


def test_low_resolution_spares_the_rest():
    """With share 0 nothing changes."""
    np.testing.assert_array_equal(camera.low_resolution(_board(), np.random.default_rng(1), share=0), _board())


def test_colours_stay_in_range_and_grey_has_no_hue():
    """All channels agree if every colour is grey."""
    colours = camera.random_colours(50, np.random.default_rng(0), low=0.2, high=0.6, grey=1.0)
    assert ((colours >= 0.2) & (colours <= 0.6)).all()
    assert np.ptp(colours, axis=1).max() == 0


def test_colourise_goes_both_ways():
    """Some pages are dark on light, some light on dark."""
    coverage = np.zeros((64, 4, 4), np.float32)
    coverage[:, 0] = 1
    images = camera.colourise(coverage, np.random.default_rng(0))
    pen_is_lighter = images[:, 0].mean((1, 2)) > images[:, 1:].mean((1, 2, 3))
    assert 0.2 < pen_is_lighter.mean() < 0.8


def test_photographs_are_bytes():
    """uint8 of the same shape."""
    taken = camera.photograph(_board(), np.random.default_rng(0))
    assert taken.shape == (6, 32, 32, 3)
    assert taken.dtype == np.uint8
