"""Ranks agree on when to stop, start from the same weights, and see each other's rows."""

from __future__ import annotations

import pytest
import torch

from automl_tl.errors import TrialFailed
from automl_tl.finetune.ranks.group import rank_device


def on_ranks_agreed(ranks):
    words = iter([False, False, True])
    stops = ranks.agreed(lambda: next(words) if ranks.rank == 0 else pytest.fail("rank 1 was asked"))
    return [stops() for _ in range(3)]


def on_ranks_spread(ranks):
    torch.manual_seed(ranks.rank)
    model = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
    model.to(memory_format=torch.channels_last)
    model[1].num_batches_tracked += 5 * (1 - ranks.rank)
    model[0].weight.requires_grad_(False)
    ranks.spread(model)
    return model.state_dict(), model[0].weight.is_contiguous(memory_format=torch.channels_last)


def on_ranks_all_rows(ranks):
    own = torch.arange(6.0).reshape(3, 2) + 10 * ranks.rank
    return ranks.all_rows(own[: 3 - ranks.rank], [3, 2])


def test_all_stop_when_rank_0_is_told_to(told):
    """The others are not even asked."""
    assert told["agreed"] == [[False, False, True]] * 2


def test_weights_and_buffers_are_those_of_rank_0(told):
    """Frozen ones and whole numbers too; strides stay."""
    (first, kept), (second, also) = told["spread"]
    assert kept
    assert also
    assert first["1.num_batches_tracked"] == 5
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_rows_of_unequal_parts_come_in_the_order_of_ranks(told):
    """Nothing that pads is left."""
    first, second = told["all_rows"]
    assert torch.equal(first, second)
    assert first.tolist() == [[0, 1], [2, 3], [4, 5], [10, 11], [12, 13]]


def test_each_rank_has_its_own_gpu_and_all_share_the_processors(monkeypatch):
    """Fewer GPUs than ranks are told at once."""
    assert rank_device("cpu", 1, 2) == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [rank_device("auto", rank, 2) for rank in (0, 1)] == [torch.device("cuda", 0), torch.device("cuda", 1)]
    with pytest.raises(TrialFailed, match="asks for 3 GPUs but its process sees 2"):
        rank_device("auto", 0, 3)
