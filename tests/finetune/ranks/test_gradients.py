"""Gradients of all ranks, added up."""

from __future__ import annotations

import torch
from torch import nn

from automl_tl.finetune.ranks import gradients
from automl_tl.finetune.ranks.exchange import Exchange
from automl_tl.finetune.ranks.gradients import Gradients


def parameters(ranks):
    """Return four: with gradients on both, on rank 1 only, on neither, and one in channels-last order."""
    found = [nn.Parameter(torch.zeros(shape)) for shape in ((3,), (2, 2), (4,), (2, 3, 2, 2))]
    found[0].grad = torch.arange(3.0) + ranks.rank
    if ranks.rank:
        found[1].grad = torch.ones(2, 2)
    found[3].grad = (torch.arange(24.0).reshape(2, 3, 2, 2) * (1 + ranks.rank)).contiguous(
        memory_format=torch.channels_last
    )
    return found


def on_ranks_sums(ranks):
    answers = []
    for bucket in (8 << 20, 2):
        gradients._BUCKET = bucket
        given = parameters(ranks)
        loss = Gradients(Exchange(ranks, 5), given).add_up(0.25 + ranks.rank)
        answers.append((loss, [each.grad for each in given]))
    return answers


def test_every_rank_has_the_sums_however_many_are_sent_at_a_time(told):
    """A parameter that took part on one rank only has that one's; one that took part on none has none."""
    for (loss, found), (also, others) in zip(*told["sums"], strict=True):
        assert loss == also == 1.5
        assert found[0].tolist() == [1.0, 3.0, 5.0]
        assert found[1].tolist() == [[1.0, 1.0]] * 2
        assert found[2] is None
        assert torch.equal(found[3], torch.arange(24.0).reshape(2, 3, 2, 2) * 3)
        assert all(a is b or torch.equal(a, b) for a, b in zip(found, others, strict=True))
