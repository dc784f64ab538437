"""Held-out image tasks."""

import numpy as np
import pytest

from automl_tl.zoo.starter.held_out.base import held_out_tasks


@pytest.mark.parametrize("name", ["digits", "photographs", "unseen cells", "unseen textures"])
def test_examples_are_decoded_images(name):
    """uint8 (H, W, 3), as the data room decodes them."""
    for example in held_out_tasks.get(name).load().examples[::100]:
        assert example.dtype == np.uint8
        assert example.ndim == 3
        assert example.shape[2] == 3


def test_digits_are_scikit_learns():
    """1,797 bright digits of 8 x 8 pixels on black."""
    data = held_out_tasks.get("digits").load()
    assert len(data.examples) == 1797
    assert data.examples[0].shape == (8, 8, 3)
    assert max(int(example.max()) for example in data.examples) == 255


def test_photographs_give_no_hint_by_brightness():
    """Patches are grey, and their mean is drawn at random."""
    data = held_out_tasks.get("photographs").load()
    assert all(np.ptp(example, axis=2).max() == 0 for example in data.examples[::50])
    means = [
        np.mean([e.mean() for e, y in zip(data.examples, data.labels, strict=True) if y == k]) for k in range(12)
    ]
    assert np.ptp(means) < 30
