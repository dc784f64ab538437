"""Gradients of a whole batch from those of its parts on several ranks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.distributed as dist
from torch import nn

from automl_tl.finetune.ranks.exchange import Exchange

__all__ = ["Gradients"]

_BUCKET = 8 << 20
"""Numbers that are added up at a time: enough to use the whole width between devices."""


class Gradients:
    """Adds the gradients of all ranks up, in place.

    Every rank has divided its losses by what the whole batch's are divided by, so that sums are what one process
    would have computed, however unequal the parts were. All ranks get the same bits.
    """

    def __init__(self, exchange: Exchange, parameters: Sequence[nn.Parameter]) -> None:
        self._exchange = exchange
        self._parameters = list(parameters)
        most = max((parameter.numel() for parameter in self._parameters), default=0)
        whole = sum(parameter.numel() for parameter in self._parameters)
        # Kept, because there may be no memory for it when it is needed.
        self._bucket = torch.zeros(min(whole, max(most, _BUCKET)), device=exchange.ranks.device)

    def add_up(self, loss: float) -> float:
        """Give every parameter the sum of its gradients, and return the sum of the losses.

        A parameter without a gradient on any rank stays so: the optimiser leaves it alone.

        Raises
        ------
        OutOfMemoryElsewhere
            If another rank has run out of memory; gradients are as they were.
        """
        told = [loss, *(float(parameter.grad is not None) for parameter in self._parameters)]
        loss, *given = self._exchange.total(torch.tensor(told)).tolist()
        moving = [parameter for parameter, found in zip(self._parameters, given, strict=True) if found]
        for parameter in moving:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        for bucket in self._buckets(moving):
            self._sum([parameter.grad for parameter in bucket if parameter.grad is not None])
        return loss

    def _buckets(self, parameters: Sequence[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
        bucket: list[nn.Parameter] = []
        for parameter in parameters:
            if sum(each.numel() for each in bucket) + parameter.numel() > self._bucket.numel():
                yield bucket
                bucket = []
            bucket.append(parameter)
        if bucket:
            yield bucket

    @torch.no_grad()
    def _sum(self, gradients: Sequence[torch.Tensor]) -> None:
        line = self._bucket[: sum(gradient.numel() for gradient in gradients)]
        places = line.split([gradient.numel() for gradient in gradients])
        for place, gradient in zip(places, gradients, strict=True):
            place.copy_(gradient.reshape(-1))
        dist.all_reduce(line)
        for place, gradient in zip(places, gradients, strict=True):
            gradient.copy_(place.view(gradient.shape))
