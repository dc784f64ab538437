"""Low-rank adapters beside frozen weights, and how they are merged into them.

Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, ICLR 2022, equation 3:
h = W0 x + (alpha / r) B A x, with A random and B zero at the start. A convolution is adapted in the same way: A
has its kernel and r output channels, B is a 1 x 1 convolution. Many an image network has no linear layer at all.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import nn

__all__ = ["LowRank", "adapters", "add_adapters", "without_adapters"]

_SCALE = 2.0
"""alpha / r: the same for every rank (alpha = 2 r), so that a rate suits them all."""


class LowRank(nn.Module):
    """A layer that stays as it is, and an update of rank r that is added to its output.

    Parameters
    ----------
    layer
        A linear layer or an ungrouped convolution.
    rank
        r >= 1; at most half of the layer's smaller side is used, since more would be no smaller than the layer.
    """

    layer: nn.Linear | nn.Conv2d
    down: nn.Linear | nn.Conv2d
    up: nn.Linear | nn.Conv2d

    def __init__(self, layer: nn.Linear | nn.Conv2d, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        self.layer = layer
        smaller = min(layer.weight.shape[0], layer.weight[0].numel())
        self.down, self.up = _factors(layer, max(1, min(rank, smaller // 2)))
        self.to(device=layer.weight.device, dtype=layer.weight.dtype)
        with torch.no_grad():
            bound = math.sqrt(3.0 / self.down.weight[0].numel())
            drawn = torch.rand(self.down.weight.shape, generator=generator) * 2 * bound - bound
            self.down.weight.copy_(drawn)
            self.up.weight.zero_()

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return W0 x + b + (alpha / r) B A x."""
        unchanged: torch.Tensor = self.layer(values)
        return unchanged + _SCALE * self.up(self.down(values))

    def __getattr__(self, name: str) -> Any:
        """Answer for the layer where a network asks it for its weight or its sizes."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("layer"), name)

    def factors(self) -> tuple[nn.Parameter, ...]:
        """Return A and B, the only parameters that train."""
        return (*self.down.parameters(), *self.up.parameters())

    def merge(self) -> nn.Module:
        """Return the layer, its weight now W0 + (alpha / r) B A."""
        with torch.no_grad():
            update = self.up.weight.flatten(1) @ self.down.weight.flatten(1)
            self.layer.weight.add_(_SCALE * update.view_as(self.layer.weight))
        return self.layer


def add_adapters(network: nn.Module, rank: int, *, seed: int) -> None:
    """Put an adapter around every linear layer and ungrouped convolution; outputs stay what they were."""
    generator = torch.Generator().manual_seed(seed)
    kinds = _adaptable_kinds()
    for parent in list(network.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) in kinds and getattr(layer, "groups", 1) == 1:
                assert isinstance(layer, nn.Linear | nn.Conv2d)
                setattr(parent, name, LowRank(layer, rank, generator))


def adapters(network: nn.Module) -> tuple[LowRank, ...]:
    """Return the adapters in the order of the network's modules."""
    return tuple(module for module in network.modules() if isinstance(module, LowRank))


def without_adapters(network: nn.Module) -> nn.Module:
    """Return a copy with every adapter merged into its layer, or the network itself if it has none."""
    if not adapters(network):
        return network
    plain = copy.deepcopy(network)
    for parent in list(plain.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, LowRank):
                setattr(parent, name, child.merge())
    return plain


def _factors(layer: nn.Linear | nn.Conv2d, rank: int) -> tuple[nn.Linear | nn.Conv2d, nn.Linear | nn.Conv2d]:
    """Return A and B without weights worth keeping."""
    if isinstance(layer, nn.Linear):
        return nn.Linear(layer.in_features, rank, bias=False), nn.Linear(rank, layer.out_features, bias=False)
    padding: Any = layer.padding
    down = type(layer)(
        layer.in_channels,
        rank,
        layer.kernel_size,  # type: ignore[arg-type]
        layer.stride,  # type: ignore[arg-type]
        padding,
        layer.dilation,  # type: ignore[arg-type]
        bias=False,
    )
    return down, nn.Conv2d(rank, layer.out_channels, 1, bias=False)


def _adaptable_kinds() -> tuple[type[nn.Module], ...]:
    """Return the layers whose output is linear in their weight; subclasses may standardise or quantise it."""
    from timm.layers.conv2d_same import Conv2dSame

    return nn.Linear, nn.Conv2d, Conv2dSame
