"""Bytes that are alive while a network computes, against networks small enough to count by hand."""

import torch
from torch import nn

from automl_tl.probe.live_memory import LiveMemory, saved_bytes

FLOAT = 4


def test_the_peak_counts_what_is_alive_at_once():
    """Of three results in a row only two neighbours are ever needed together."""
    x = torch.zeros(10)
    with LiveMemory() as memory:
        y = x + 1
        y = y.repeat(3)
        y = y.sum()
    assert memory.peak == (10 + 30) * FLOAT
    assert memory.live == y.untyped_storage().nbytes()


def test_what_was_there_and_views_of_it_count_nothing():
    """Weights are counted elsewhere."""
    weight = torch.zeros(8, 8)
    with LiveMemory([weight]) as memory:
        kept = (weight.T, weight[0], weight.view(64), weight.add_(1.0))
    assert (memory.peak, len(kept)) == (0, 4)


def test_views_of_one_result_count_once():
    """They share its storage."""
    with LiveMemory() as memory:
        rows = torch.ones(6, 5).unbind()
    assert memory.peak == 30 * FLOAT
    del rows
    assert memory.live == 0


def test_a_result_that_is_gone_counts_no_more():
    """A later result in its place does not add to it."""
    x = torch.zeros(100)
    with LiveMemory([x]) as memory:
        for _ in range(5):
            y = x * 2
            del y
    assert memory.peak == 100 * FLOAT


def test_a_hidden_layer_is_kept_for_backward_and_weights_are_not_counted():
    """Of a linear layer backward needs its input, of a ReLU its result, which is the next layer's input."""
    network = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 3))
    x = torch.zeros(4, 6)
    kept, made = saved_bytes(lambda: network(x), [*network.parameters()])
    assert kept == (4 * 6 + 4 * 20) * FLOAT
    assert made.requires_grad


def test_without_gradients_nothing_is_kept():
    """Prediction keeps nothing."""
    network = nn.Linear(6, 20)
    with torch.no_grad():
        assert saved_bytes(lambda: network(torch.zeros(4, 6)), network.parameters())[0] == 0
