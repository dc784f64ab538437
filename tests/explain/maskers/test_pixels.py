"""Regions of a picture, hidden by blur or by the mean colour."""

import numpy as np
import torch

from automl_tl.explain.maskers.pixels import PixelMasker, blurred


def picture(height=12, width=16, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).random((3, height, width), dtype=np.float32))


def masker(hidden="blurred image"):
    regions = np.arange(16, dtype=np.int64)[None, :].repeat(12, axis=0) // 4
    return PixelMasker(picture(), regions, ("a", "b", "c", "d"), hidden=hidden)


def test_everything_shown_is_the_picture_itself():
    """Bit for bit; everything hidden is what is behind."""
    cut = masker()
    batch = cut.batch(np.array([[True] * 4, [False] * 4]))["pixels"]
    assert torch.equal(batch[0], picture())
    assert torch.equal(batch[1], cut.hidden)


def test_a_mask_shows_its_regions_only():
    """Each pixel comes from the picture or from behind it, as its region says."""
    cut = masker()
    (mixed,) = cut.batch(np.array([[True, False, False, True]]))["pixels"]
    assert torch.equal(mixed[:, :, :4], picture()[:, :, :4])
    assert torch.equal(mixed[:, :, 12:], picture()[:, :, 12:])
    assert torch.equal(mixed[:, :, 4:12], cut.hidden[:, :, 4:12])


def test_blur_keeps_a_constant_and_the_range():
    """No colour comes in at the border."""
    assert torch.allclose(blurred(torch.full((3, 9, 7), 0.3)), torch.full((3, 9, 7), 0.3), atol=1e-6)
    soft = blurred(picture(32, 32))
    assert soft.std() < 0.3 * picture(32, 32).std()
    assert soft.min() >= 0
    assert soft.max() <= 1


def test_blur_is_scipys():
    """Against scipy in the middle, where the border does not reach."""
    from scipy.ndimage import gaussian_filter

    image = picture(41, 41)
    ours = blurred(image)[0].numpy()
    theirs = gaussian_filter(image[0].numpy().astype(float), 0.12 * 41, truncate=8, mode="reflect")
    assert np.abs(ours[20, 20] - theirs[20, 20]) < 0.01


def test_the_other_baseline_is_the_mean_colour_and_back():
    """Same regions, another replacement."""
    other = masker().other_baseline()
    assert other.baseline == "mean colour"
    (hidden,) = other.batch(np.zeros((1, 4), dtype=bool))["pixels"]
    assert torch.allclose(hidden, picture().mean(dim=(1, 2), keepdim=True).expand_as(hidden))
    assert other.other_baseline().baseline == "blurred image"
