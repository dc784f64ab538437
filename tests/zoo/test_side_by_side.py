"""Parts keep their directions, get one length and leave the root mean square of a row at 1."""

from __future__ import annotations

import pytest
import torch

from automl_tl.zoo.side_by_side import side_by_side

PARTS = [torch.randn(5, width, generator=torch.Generator().manual_seed(width)) * 10**width for width in (2, 3, 7)]


def test_every_part_has_one_length_and_its_direction():
    found = side_by_side(PARTS).split([2, 3, 7], dim=1)
    for part, original in zip(found, PARTS, strict=True):
        assert part.norm(dim=1).tolist() == pytest.approx([2.0] * 5, rel=1e-5)
        cosine = torch.nn.functional.cosine_similarity(part, original)
        assert cosine.tolist() == pytest.approx([1.0] * 5, rel=1e-5)


def test_the_root_mean_square_of_a_row_is_one():
    assert side_by_side(PARTS).square().mean(dim=1).tolist() == pytest.approx([1.0] * 5, rel=1e-5)


def test_zeros_stay_zeros_and_half_precision_is_computed_in_float32():
    found = side_by_side([torch.zeros(1, 3), torch.ones(1, 3, dtype=torch.bfloat16)])
    assert found.dtype is torch.float32
    assert (found[:, :3] == 0).all()
