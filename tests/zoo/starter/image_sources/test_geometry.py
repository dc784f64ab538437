"""Drawing primitives against what geometry says."""

import numpy as np
import pytest

from automl_tl.zoo.starter.image_sources import geometry


def test_the_canvas_is_centred():
    """Pixel centres run from just above -1 to just below 1, y downwards."""
    x, y = geometry.canvas(4)
    np.testing.assert_allclose(x[0], [-0.75, -0.25, 0.25, 0.75])
    np.testing.assert_allclose(y[:, 0], [-0.75, -0.25, 0.25, 0.75])


def test_rotation_by_a_quarter_turn():
    """(1, 0) becomes (0, 1)."""
    np.testing.assert_allclose(geometry.rotation(np.array([np.pi / 2]))[0] @ [1, 0], [0, 1], atol=1e-6)


def test_affine_scales_areas_by_the_square_of_the_scale():
    """Aspect, shear and rotation keep the area."""
    matrices = geometry.affine(50, np.random.default_rng(0), scale=(2, 2), turn=3, aspect=0.4, shear=0.5)
    np.testing.assert_allclose(np.linalg.det(matrices), 4, rtol=1e-4)


def test_distance_to_a_segment():
    """Perpendicular beside it, to the end point beyond it."""
    starts, ends = np.array([[[-0.5, 0.0]]]), np.array([[[0.5, 0.0]]])
    distance = geometry.segment_distance(starts, ends, 8)[0]
    x, y = geometry.canvas(8)
    expected = np.hypot(x - np.clip(x, -0.5, 0.5), y)
    np.testing.assert_allclose(distance, expected, atol=1e-5)


def test_inside_a_square():
    """The even-odd rule finds the pixels of the middle quarter."""
    square = np.array([[[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]])
    inside = geometry.inside_polygon(square, 8)[0]
    x, y = geometry.canvas(8)
    np.testing.assert_array_equal(inside, (np.abs(x) < 0.5) & (np.abs(y) < 0.5))


def test_a_smooth_curve_passes_through_its_points():
    """Catmull-Rom interpolates."""
    points = np.random.default_rng(0).normal(size=(2, 5, 2)).astype(np.float32)
    curve = geometry.smooth_curve(points, steps=3)
    assert curve.shape == (2, 13, 2)
    np.testing.assert_allclose(curve[:, ::3], points, atol=1e-6)


def test_ink_is_dark_inside_and_half_at_the_rim():
    """Coverage is 1 well inside, 1/2 at the thickness and 0 far away."""
    distance = np.array([[[0.0, 0.5, 9.0]]])
    coverage = geometry.ink(distance, np.array([0.5]), np.array([0.02]))
    np.testing.assert_allclose(coverage[0, 0], [1, 0.5, 0], atol=1e-6)


@pytest.mark.parametrize("cells", [2, 5])
def test_smooth_noise_is_smooth(cells):
    """Neighbouring pixels differ far less than distant ones."""
    noise = geometry.smooth_noise(200, 32, cells, np.random.default_rng(0))
    assert noise.shape == (200, 32, 32)
    assert np.abs(np.diff(noise, axis=2)).mean() < 0.5 * noise.std()
