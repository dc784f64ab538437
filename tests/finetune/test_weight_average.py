"""The average follows the weights, is put in place and taken out, and leaves what stands still alone."""

from __future__ import annotations

import copy

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from automl_tl.finetune.weight_average import WeightAverage


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def move(model: nn.Module, by: float) -> None:
    with torch.no_grad():
        for parameter in model[2].parameters():
            parameter.add_(by)
        model[1].running_mean.add_(by)


def average_of(model: nn.Module, decay: float = 0.5) -> WeightAverage:
    return WeightAverage(model, model[2].parameters(), decay)


def test_it_is_the_moving_average():
    model = network()
    start = model[2].weight.detach().clone()
    average = average_of(model, decay=0.15)
    move(model, 1.0)
    average.follow(model, 1)
    move(model, 1.0)
    average.follow(model, 2)
    first = 0.15 * start + 0.85 * (start + 1)
    with average.in_place(model):
        torch.testing.assert_close(model[2].weight.detach(), 0.15 * first + 0.85 * (start + 2))
    assert torch.equal(model[2].weight.detach(), start + 1 + 1)


def test_it_may_stay():
    model = network()
    average = average_of(model)
    move(model, 1.0)
    average.follow(model, 1)
    with average.in_place(model):
        expected = copy.deepcopy(model.state_dict())
    average.stay_in(model)
    for name, value in model.state_dict().items():
        assert torch.equal(value, expected[name]), name


def test_a_long_memory_is_reached_gradually():
    model = network()
    start = model[2].weight.detach().clone()
    average = average_of(model, decay=0.999)
    move(model, 11.0)
    average.follow(model, 1)
    with average.in_place(model):
        torch.testing.assert_close(model[2].weight.detach(), start + 9.0)


def test_what_is_not_trained_keeps_every_bit():
    model = network()
    before = copy.deepcopy(model.state_dict())
    average = average_of(model)
    for update in range(1, 6):
        move(model, 0.1)
        average.follow(model, update)
    with average.in_place(model):
        for name in ("0.weight", "0.bias", "1.weight", "1.running_var", "1.num_batches_tracked"):
            assert torch.equal(model.state_dict()[name], before[name])
        assert not torch.equal(model[1].running_mean, before["1.running_mean"])


def test_it_goes_on_from_its_tensors():
    model = network()
    average = average_of(model)
    move(model, 1.0)
    average.follow(model, 1)
    other = average_of(model)
    other.take(average.tensors())
    for each in (average, other):
        each.follow(model, 2)
    assert all(torch.equal(value, other.tensors()[name]) for name, value in average.tensors().items())


def test_an_average_of_convolutions_can_be_stored(tmp_path):
    """Training keeps them in channels-last order, which safetensors refuses."""
    model = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    save_file(WeightAverage(model, model.parameters(), 0.9).tensors(), tmp_path / "average.safetensors")
    assert load_file(tmp_path / "average.safetensors")["average.weight"].equal(model.weight)
