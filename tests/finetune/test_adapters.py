"""Adapters start as nothing, learn, and merge into the layer they stand beside."""

from __future__ import annotations

import copy

import pytest
import torch
from timm.layers.conv2d_same import Conv2dSame
from torch import nn

from automl_tl.finetune.adapters import LowRank, adapters, add_adapters, without_adapters

LAYERS = {
    "linear": (nn.Linear(6, 4), (5, 6)),
    "linear without bias": (nn.Linear(6, 4, bias=False), (5, 6)),
    "pointwise": (nn.Conv2d(6, 4, 1), (2, 6, 5, 5)),
    "kernel": (nn.Conv2d(6, 4, 3, stride=2, padding=1, dilation=1), (2, 6, 7, 7)),
    "same": (Conv2dSame(6, 4, 3, stride=2), (2, 6, 7, 7)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_trained_adapter_and_the_merged_layer_compute_the_same(name):
    layer, shape = LAYERS[name]
    values = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    network = nn.Sequential(copy.deepcopy(layer))
    before = network(values)
    add_adapters(network, rank=2, seed=0)
    assert torch.equal(network(values), before)
    (adapter,) = adapters(network)
    with torch.no_grad():
        adapter.up.weight.normal_()
    expected = network(values)
    assert not torch.allclose(expected, before, atol=1e-2)
    plain = without_adapters(network)
    assert type(plain[0]) is type(layer)
    torch.testing.assert_close(plain(values), expected, atol=1e-4, rtol=1e-4)
    assert torch.equal(network[0].layer.weight, layer.weight)


def test_the_update_has_the_rank_that_was_asked_for():
    network = nn.Sequential(nn.Linear(20, 30))
    add_adapters(network, rank=3, seed=0)
    with torch.no_grad():
        adapters(network)[0].up.weight.normal_()
    update = without_adapters(network)[0].weight - network[0].layer.weight
    assert torch.linalg.matrix_rank(update, tol=1e-4) == 3


def test_a_rank_is_at_most_half_of_the_smaller_side():
    network = nn.Sequential(nn.Linear(64, 6))
    add_adapters(network, rank=100, seed=0)
    assert adapters(network)[0].up.weight.shape == (6, 3)


def test_grouped_convolutions_norms_and_attention_s_own_layers_are_left_alone():
    network = nn.Sequential(nn.Conv2d(4, 4, 3, groups=4), nn.BatchNorm2d(4), nn.MultiheadAttention(4, 2))
    add_adapters(network, rank=2, seed=0)
    assert adapters(network) == ()
    assert without_adapters(network) is network


def test_a_network_may_still_ask_for_the_layer_s_weight_and_sizes():
    network = nn.Sequential(nn.Linear(6, 4))
    add_adapters(network, rank=2, seed=0)
    assert isinstance(network[0], LowRank)
    assert network[0].weight is network[0].layer.weight
    assert network[0].in_features == 6
    with pytest.raises(AttributeError):
        _ = network[0].nothing


def test_the_seed_decides_where_adapters_start():
    first, second, other = (nn.Sequential(nn.Linear(6, 4)) for _ in range(3))
    for network, seed in ((first, 1), (second, 1), (other, 2)):
        add_adapters(network, rank=2, seed=seed)
    assert torch.equal(first[0].down.weight, second[0].down.weight)
    assert not torch.equal(first[0].down.weight, other[0].down.weight)
