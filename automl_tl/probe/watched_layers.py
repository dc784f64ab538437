"""What enters the normalisation layers of a network, compared with the running statistics that they kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["WatchedLayer", "watched_layers"]


class WatchedLayer:
    """Sums of what one normalisation layer sees; they add up over batches."""

    def __init__(self, layer: _BatchNorm) -> None:
        self._layer = layer
        self.count = 0
        self._sum = torch.zeros(layer.num_features, dtype=torch.float64)
        self._squares = torch.zeros(layer.num_features, dtype=torch.float64)

    def __call__(self, _: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        """Add what the layer is about to see, (B, C, ...)."""
        values = inputs[0].detach().transpose(0, 1).flatten(1).double()
        self.count += values.shape[1]
        self._sum += values.sum(dim=1).cpu()
        self._squares += values.square().sum(dim=1).cpu()

    def divergence(self) -> float:
        """Return the mean over channels of ``KL(N(m, v) || N(running mean, running variance))``, in nats."""
        assert self._layer.running_mean is not None
        assert self._layer.running_var is not None
        mean = self._sum / self.count
        # The layer's own constant keeps channels that never vary finite, as it does in the network.
        variance = (self._squares / self.count - mean.square()).clamp(min=0.0) + self._layer.eps
        known = self._layer.running_var.double().cpu() + self._layer.eps
        shift = (mean - self._layer.running_mean.double().cpu()).square()
        divergences = ((variance + shift) / known - 1.0 - (variance / known).log()) / 2.0
        return float(divergences.clamp(min=0.0).mean())


@contextmanager
def watched_layers(network: nn.Module) -> Iterator[list[WatchedLayer]]:
    """Yield a watcher for every batch normalisation that has running statistics; it is gone afterwards."""
    found = [
        module for module in network.modules() if isinstance(module, _BatchNorm) and module.running_var is not None
    ]
    watchers = [WatchedLayer(module) for module in found]
    hooks = [module.register_forward_pre_hook(watcher) for module, watcher in zip(found, watchers, strict=True)]
    try:
        yield watchers
    finally:
        for hook in hooks:
            hook.remove()
