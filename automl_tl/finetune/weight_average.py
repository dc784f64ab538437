"""A moving average of the weights along a run.

Polyak & Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992. The decay rises with the number of
updates, min(decay, (1 + n) / (10 + n)), so that a short run is not an average of its start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import nn

__all__ = ["WeightAverage"]

_PREFIX = "average."


class WeightAverage:
    """The average of whatever may move: trained parameters, and buffers such as the statistics of batch norms.

    Parameters
    ----------
    model
        Whose present weights are the first average.
    trained
        Parameters that are trained at some time of the run.
    decay
        In (0, 1), per update.
    """

    def __init__(self, model: nn.Module, trained: Iterable[nn.Parameter], decay: float) -> None:
        self._decay = decay
        self._trained = {id(parameter) for parameter in trained}
        self._average = {name: value.clone() for name, value in self._moving(model).items()}

    @torch.no_grad()
    def follow(self, model: nn.Module, update: int) -> None:
        """Take the weights after this update, counted from 1, into the average."""
        share = 1 - min(self._decay, (1 + update) / (10 + update))
        for name, value in self._moving(model).items():
            self._average[name].lerp_(value, share)

    @contextmanager
    def in_place(self, model: nn.Module) -> Iterator[None]:
        """Put the average into the model inside the block, and the weights back afterwards."""
        self._swap(model)
        try:
            yield
        finally:
            self._swap(model)

    @torch.no_grad()
    def stay_in(self, model: nn.Module) -> None:
        """Put the average into the model for good."""
        for name, value in self._moving(model).items():
            value.copy_(self._average[name])

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return CPU copies by name, for :meth:`take`."""
        return {
            f"{_PREFIX}{name}": value.to("cpu", copy=True).contiguous() for name, value in self._average.items()
        }

    def take(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go on from what :meth:`tensors` returned."""
        for name, value in self._average.items():
            value.copy_(tensors[f"{_PREFIX}{name}"])

    @torch.no_grad()
    def _swap(self, model: nn.Module) -> None:
        for name, value in self._moving(model).items():
            kept = value.clone()
            value.copy_(self._average[name])
            self._average[name].copy_(kept)

    def _moving(self, model: nn.Module) -> dict[str, torch.Tensor]:
        """Return parameters and buffers of floats by name; the average of what stands still keeps its bits."""
        found = {name: value.data for name, value in model.named_parameters() if id(value) in self._trained}
        return found | {name: value for name, value in model.named_buffers() if value.is_floating_point()}
