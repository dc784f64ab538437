"""AdamW with the schedule and the guards that every starter model is trained with."""

from __future__ import annotations

import math

import torch
from torch import nn

__all__ = ["ScheduledAdamW", "rate_factor"]

_WARM_UP = 0.05


def rate_factor(step: int, steps: int) -> float:
    """Return the share of the peak rate at update ``step`` of ``steps``: linear warm-up, then a cosine to 0."""
    warm = max(1, round(_WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


class ScheduledAdamW:
    """AdamW (Loshchilov and Hutter, 2019): no decay on vectors, scheduled rate, gradients clipped to norm 1."""

    def __init__(self, network: nn.Module, *, rate: float, weight_decay: float, steps: int) -> None:
        self._parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        groups = [
            {"params": [p for p in self._parameters if p.ndim > 1], "weight_decay": weight_decay},
            {"params": [p for p in self._parameters if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=rate)
        self._scheduler = torch.optim.lr_scheduler.LambdaLR(self._optimizer, lambda step: rate_factor(step, steps))

    def update(self, loss: torch.Tensor) -> None:
        """Take one step down the gradient of ``loss``."""
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self._scheduler.step()
