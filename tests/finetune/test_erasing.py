"""Each image loses one rectangle of the promised size, or none."""

from __future__ import annotations

import pytest
import torch

from automl_tl.finetune.erasing import erase


def erased(probability: float, size: int = 40) -> torch.Tensor:
    return erase(torch.ones(200, 3, size, size), probability, torch.Generator().manual_seed(0)) == 0


@pytest.mark.parametrize("probability", [0.0, 0.25, 1.0])
def test_as_many_images_lose_a_rectangle_as_asked(probability):
    assert erased(probability).flatten(1).any(dim=1).float().mean() == pytest.approx(probability, abs=0.08)


def test_what_is_lost_is_a_rectangle_of_all_channels():
    for image in erased(1.0):
        assert torch.equal(image[0], image[1])
        rows, columns = image[0].any(dim=1), image[0].any(dim=0)
        assert image[0].sum() == rows.sum() * columns.sum()
        assert 0.01 < image[0].float().mean() < 0.36


def test_rectangles_stand_anywhere():
    share = erased(1.0)[:, 0].float().mean(dim=0)
    quarters = share.unfold(0, 20, 20).unfold(1, 20, 20).mean(dim=(2, 3))
    assert quarters.max() < 1.5 * quarters.min()


def test_tiny_images_survive():
    assert erased(1.0, size=2).shape == (200, 3, 2, 2)
