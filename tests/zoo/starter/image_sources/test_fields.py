"""Random fields against their definition."""

import numpy as np

from automl_tl.zoo.starter.image_sources import fields


def test_frame_counts_periods():
    """Along its own axis the coordinate runs through the number of periods asked for."""
    u, v = fields.frame(20, 64, np.random.default_rng(0), (4, 4))
    slope = np.hypot(np.gradient(u, axis=1), np.gradient(u, axis=2)).mean((1, 2)) * 64
    np.testing.assert_allclose(slope, 4, rtol=1e-3)
    assert v.shape == (20, 64, 64)


def test_ramp_stays_in_range_and_keeps_the_sign():
    """Values are squeezed to [-1, 1]."""
    values = np.linspace(-3, 3, 18).reshape(2, 3, 3)
    squeezed = fields.ramp(values, np.random.default_rng(0))
    assert np.abs(squeezed).max() <= 1
    np.testing.assert_array_equal(np.sign(squeezed), np.sign(values))


def test_triangle_wave():
    """Period 1, between -0.5 and 0.5."""
    np.testing.assert_allclose(fields.triangle_wave(np.array([0, 0.25, 0.5, 0.75, 1])), [0.5, 0, -0.5, 0, 0.5])


def test_band_noise_has_its_frequencies():
    """Nearly all power lies in the band, and the variance is 1."""
    noise = fields.band_noise(30, 64, np.random.default_rng(0), (0.2, 0.25))
    power = (np.abs(np.fft.fft2(noise)) ** 2).mean(0)
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
    assert power[(radius > 0.12) & (radius < 0.38)].sum() > 0.95 * power.sum()
    np.testing.assert_allclose(noise.std((1, 2)), 1, atol=1e-3)


def test_cellular_distances_are_ordered():
    """The nearest point is never farther than the second nearest."""
    first, second = fields.cellular(5, 16, np.random.default_rng(0), (3, 9))
    assert (first <= second).all()
    assert (first >= 0).all()
