"""The optimizer of pretraining."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from automl_tl.zoo.starter.schedule import ScheduledAdamW, rate_factor


@given(st.integers(1, 5000), st.data())
def test_the_rate_stays_between_zero_and_its_peak(steps, data):
    """For any number of updates."""
    step = data.draw(st.integers(0, steps))
    assert 0 <= rate_factor(step, steps) <= 1


def test_the_rate_warms_up_and_falls_to_zero():
    """Peak after 5 % of the updates, half of it in the middle of the cosine."""
    assert rate_factor(0, 1000) == pytest.approx(1 / 50)
    assert rate_factor(49, 1000) == 1
    assert rate_factor(525, 1000) == pytest.approx(0.5)
    assert rate_factor(1000, 1000) == pytest.approx(0)


def test_updates_go_downhill_and_vectors_do_not_decay():
    """Without a gradient a matrix shrinks by its decay, a bias stays."""
    layer = nn.Linear(3, 2)
    before = [parameter.detach().clone() for parameter in layer.parameters()]
    optimizer = ScheduledAdamW(layer, rate=0.1, weight_decay=0.5, steps=10)
    optimizer.update((layer.weight.sum() + layer.bias.sum()) * 0)
    assert torch.equal(layer.bias, before[1])
    assert torch.allclose(layer.weight, before[0] * 0.95)


def test_a_quadratic_is_minimised():
    """A hundred updates find the minimum."""
    point = nn.Linear(1, 1)
    optimizer = ScheduledAdamW(point, rate=0.1, weight_decay=0.0, steps=200)
    for _ in range(200):
        optimizer.update((point.bias - 1).square().sum())
    assert point.bias.item() == pytest.approx(1, abs=1e-3)
