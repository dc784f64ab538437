"""Heads as constants, and weights under library names."""

import pytest
import torch
from torch import nn

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.source_head import as_constant, load_native, native_state


def test_a_constant_head_computes_the_same_without_parameters():
    """Weight and bias become buffers."""
    head, x = nn.Linear(3, 2), torch.randn(4, 3)
    expected = head(x)
    constant = as_constant(head)
    assert torch.equal(constant(x), expected)
    assert list(constant.parameters()) == []
    assert set(constant.state_dict()) == {"weight", "bias"}


def test_a_head_nobody_wants_is_left_out():
    """Files often carry a classifier that the architecture was built without."""
    network = nn.Sequential(nn.Linear(2, 2))
    state = {
        **{key: torch.ones_like(value) for key, value in network.state_dict().items()},
        "fc.bias": torch.ones(9),
    }
    load_native(network, None, "fc", state, what="local:x")
    assert network[0].weight.eq(1).all()


def test_head_and_network_share_one_file():
    """The head's names start with its place in the library's network."""
    network, head = nn.Sequential(nn.Linear(2, 2)), as_constant(nn.Linear(2, 5))
    assert set(native_state(network, head, "head.fc")) == {"0.weight", "0.bias", "head.fc.weight", "head.fc.bias"}


def test_the_model_is_named_in_the_complaint():
    """With how many tensors are missing."""
    with pytest.raises(ModelUnavailable, match=r"local:x.*'0.weight'.*2 of 2"):
        load_native(nn.Sequential(nn.Linear(2, 2)), None, "", {}, what="local:x")
