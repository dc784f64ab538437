"""What enters normalisation layers, against what they remember."""

import pytest
import torch
from torch import nn

from automl_tl.probe.watched_layers import watched_layers


def test_the_divergence_is_that_of_two_gaussians():
    """Mean 1 and variance 4 where mean 0 and variance 1 were known: (4 + 1 - 1 - ln 4) / 2."""
    layer = nn.BatchNorm1d(1, eps=0.0).eval()
    with watched_layers(layer) as (watcher,):
        layer(torch.tensor([[3.0], [-1.0]]))
        layer(torch.tensor([[3.0], [-1.0], [-1.0], [3.0]]))
    assert watcher.count == 6
    assert watcher.divergence() == pytest.approx((4.0 - torch.tensor(4.0).log().item()) / 2)


def test_only_layers_with_running_statistics_are_watched_and_only_inside():
    """Others keep nothing to compare with."""
    network = nn.Sequential(
        nn.BatchNorm1d(2), nn.BatchNorm1d(2, track_running_stats=False), nn.LayerNorm(2)
    ).eval()
    with watched_layers(network) as watchers:
        assert len(watchers) == 1
    network(torch.zeros(2, 2))
    assert watchers[0].count == 0
