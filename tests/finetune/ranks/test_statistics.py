"""Batch norms over the examples of all ranks are those of one process that has all examples."""

from __future__ import annotations

import copy

import pytest
import torch
from timm.layers import BatchNormAct2d
from torch import nn

from automl_tl.finetune.ranks.exchange import Exchange
from automl_tl.finetune.ranks.statistics import SharedStatistics, statistics_width

SPLITS = (4, 1, 0)
"""Of seven examples, how many rank 0 has."""


def network(kind: str) -> nn.Module:
    torch.manual_seed(0)
    if kind == "flat":
        return nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.BatchNorm1d(4, affine=False))
    last = nn.BatchNorm2d(4, momentum=None, track_running_stats=kind != "no_running")
    return nn.Sequential(nn.Conv2d(3, 6, 3), BatchNormAct2d(6), nn.Conv2d(6, 4, 3), last)


def examples(kind: str) -> torch.Tensor:
    shape = (7, 5) if kind == "flat" else (7, 3, 6, 6)
    return 40 + 3 * torch.randn(shape, generator=torch.Generator().manual_seed(1))


def loss_of(outputs: torch.Tensor) -> torch.Tensor:
    return (outputs.flatten(1) ** 3).sum() / 100 + outputs.sin().sum()


def on_ranks_passes(ranks):
    answers = {}
    for kind in ("flat", "image", "no_running"):
        for split in SPLITS:
            model, whole = network(kind), examples(kind)
            own = whole[:split] if ranks.rank == 0 else whole[split:]
            present = len(own) > 0
            own = (own if present else whole[:2]).requires_grad_()
            exchange = Exchange(ranks, statistics_width(model, ranks.count))
            with SharedStatistics(exchange, present=present):
                outputs = model(own)
            (loss_of(outputs) * (1.0 if present else 0.0)).backward()
            gradients = [parameter.grad for parameter in model.parameters()]
            answers[kind, split] = (outputs.detach(), own.grad, gradients, dict(model.named_buffers()), present)
    return answers


def on_ranks_frozen(ranks):
    model = network("image").eval()
    with SharedStatistics(Exchange(ranks, 0), present=True):
        return model(examples("image"))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("kind", ["flat", "image", "no_running"])
def test_outputs_gradients_and_statistics_are_those_of_the_whole(told, kind, split):
    """Also with unequal parts, values far from zero, timm's own batch norm, and a rank without examples."""
    model, whole = network(kind), examples(kind).requires_grad_()
    outputs = model(whole)
    loss_of(outputs).backward()
    parts = [answers[kind, split] for answers in told["passes"]]
    counted = [part for part in parts if part[4]]
    close = {"atol": 1e-4, "rtol": 1e-4}
    torch.testing.assert_close(torch.cat([part[0] for part in counted]), outputs.detach(), **close)
    torch.testing.assert_close(torch.cat([part[1] for part in counted]), whole.grad, **close)
    for number, parameter in enumerate(model.parameters()):
        torch.testing.assert_close(sum(part[2][number] for part in parts), parameter.grad, atol=1e-3, rtol=1e-3)
    for name, buffer in model.named_buffers():
        for part in parts:
            torch.testing.assert_close(part[3][name], buffer, **close)


def test_frozen_statistics_ask_nobody(told):
    """There is no room for even one number in this exchange."""
    expected = copy.deepcopy(network("image")).eval()(examples("image"))
    assert all(torch.equal(each, expected) for each in told["frozen"])


def test_the_width_is_that_of_the_widest_norm():
    """For each rank its number of values, means and variances."""
    assert statistics_width(network("image"), 2) == 2 * 13
    assert statistics_width(nn.Linear(3, 3), 4) == 4
