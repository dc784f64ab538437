"""Weights and moments come back as they were, in the layout that the optimiser would have given them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from automl_tl.errors import DataCorrupted
from automl_tl.finetune.loop_state import capture, restore


def network(seed: int = 0, width: int = 4) -> nn.Module:
    torch.manual_seed(seed)
    made = nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width), nn.Flatten(), nn.LazyLinear(2))
    made(torch.zeros(2, 3, 6, 6))
    return made.to(memory_format=torch.channels_last)


def steps(model: nn.Module, optimiser: torch.optim.Optimizer, numbers: range) -> None:
    for number in numbers:
        generator = torch.Generator().manual_seed(number)
        optimiser.zero_grad()
        model(torch.randn(5, 3, 6, 6, generator=generator)).square().sum().backward()
        optimiser.step()


def optimiser_of(model: nn.Module, kind: str) -> torch.optim.Optimizer:
    if kind == "sgd":
        return torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, nesterov=True)
    return torch.optim.AdamW(model.parameters(), lr=1e-2, fused=True)


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_going_on_from_a_copy_gives_the_same_bits(kind):
    whole, other = network(0), network(1)
    optimiser = optimiser_of(whole, kind)
    steps(whole, optimiser, range(3))
    tensors = capture(whole, optimiser)
    steps(whole, optimiser, range(3, 6))
    resumed = optimiser_of(other, kind)
    restore(other, resumed, tensors)
    steps(other, resumed, range(3, 6))
    for name, value in whole.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_a_capture_does_not_change_with_the_network():
    model = network()
    optimiser = optimiser_of(model, "adamw")
    steps(model, optimiser, range(2))
    tensors = capture(model, optimiser)
    before = {name: value.clone() for name, value in tensors.items()}
    steps(model, optimiser, range(2, 4))
    assert all(torch.equal(value, before[name]) for name, value in tensors.items())


def test_moments_get_the_strides_of_their_parameter():
    model, other = network(), network(1)
    optimiser = optimiser_of(model, "adamw")
    steps(model, optimiser, range(1))
    resumed = optimiser_of(other, "adamw")
    restore(other, resumed, capture(model, optimiser))
    assert resumed.state[other[0].weight]["exp_avg"].stride() == other[0].weight.stride()


def test_another_network_or_recipe_is_refused():
    model = network()
    optimiser = optimiser_of(model, "adamw")
    steps(model, optimiser, range(1))
    tensors = capture(model, optimiser)
    wider = network(width=8)
    with pytest.raises(DataCorrupted, match="another network"):
        restore(wider, optimiser_of(wider, "adamw"), tensors)
    fewer = torch.optim.AdamW([model[0].weight], lr=1e-2)
    with pytest.raises(DataCorrupted, match="another recipe"):
        restore(model, fewer, tensors)
