"""Operations change images within their range, each in its own way, and stronger ones change more."""

from __future__ import annotations

import pytest
import torch

from automl_tl.finetune.random_operations import RandomOperations
from automl_tl.zoo.card import ImageInput

SHAPE = ImageInput(size=(24, 24), mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4))


def images(n: int = 24) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    smooth = torch.nn.functional.interpolate(torch.rand(n, 3, 4, 4, generator=generator), size=(24, 24))
    return (smooth - torch.tensor(SHAPE.mean)[:, None, None]) / torch.tensor(SHAPE.std)[:, None, None]


def change(strength: float | None) -> torch.Tensor:
    torch.manual_seed(1)
    return RandomOperations(SHAPE, strength)(images())


@pytest.mark.parametrize("strength", [None, 9.0])
def test_images_stay_inside_the_range_of_intensities(strength):
    changed = change(strength)
    assert changed.shape == images().shape
    intensities = changed * torch.tensor(SHAPE.std)[:, None, None] + torch.tensor(SHAPE.mean)[:, None, None]
    assert -1e-5 <= intensities.min() <= intensities.max() <= 1 + 1e-5


def test_every_image_is_changed_in_its_own_way():
    torch.manual_seed(1)
    same = images(1).expand(12, 3, 24, 24)
    changed = RandomOperations(SHAPE, None)(same)
    assert len({tuple(image.flatten().tolist()) for image in changed}) > 4


def test_stronger_operations_change_more():
    mild, strong = ((change(strength) - images()).abs().mean() for strength in (1.0, 20.0))
    assert mild < strong


def test_the_global_generator_decides():
    assert torch.equal(change(None), change(None))
