"""What one update of full fine-tuning costs: forward and backward on a batch, and a step of the optimiser."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from automl_tl.probe.live_memory import saved_bytes
from automl_tl.probe.stopwatch import Stopwatch
from automl_tl.zoo.backbone import Backbone, Batch

__all__ = ["kept_bytes", "optimiser_seconds", "update_seconds"]

_SAMPLED_WEIGHTS = 4_000_000
"""Weights on which a step is timed: enough to leave the processor's caches."""


def kept_bytes(backbone: Backbone, batch: Batch) -> int:
    """Return the bytes that a forward pass of this batch keeps for backward; makes both passes."""
    kept, loss = saved_bytes(lambda: _loss(backbone, batch), [*backbone.parameters(), *backbone.buffers()])
    _backward(backbone, loss)
    return kept


def update_seconds(backbone: Backbone, batch: Batch, watch: Stopwatch) -> float:
    """Return the median seconds of forward and backward on this batch, of up to three while there is time.

    The network stays as it is: it is in evaluation mode and gradients are not stored.
    """
    return watch.median(lambda: _backward(backbone, _loss(backbone, batch)), at_most=3)


def _loss(backbone: Backbone, batch: Batch) -> torch.Tensor:
    """Return some loss, in the precision of fine-tuning: bfloat16 where it can be on CUDA, else float32."""
    device = next(iter(batch.values())).device
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
        return backbone(batch).float().square().mean()


def _backward(backbone: Backbone, loss: torch.Tensor) -> None:
    weights = [weight for block in backbone.blocks() for weight in block.parameters]
    torch.autograd.grad(loss, weights, allow_unused=True)


def optimiser_seconds(weights: Sequence[nn.Parameter]) -> float:
    """Return the seconds of clipping and one AdamW step over all weights, timed on copies of the first of them."""
    copies: list[nn.Parameter] = []
    for weight in weights:
        if copies and sum(copy.numel() for copy in copies) >= _SAMPLED_WEIGHTS:
            break
        copies.append(nn.Parameter(weight.detach().clone()))
        copies[-1].grad = torch.full_like(weight, 1e-3)
    optimiser = torch.optim.AdamW(copies, lr=1e-6, fused=True)

    def step() -> None:
        torch.nn.utils.clip_grad_norm_(copies, 1.0)
        optimiser.step()

    step()
    seconds = Stopwatch.ending_in(0.0).median(step, at_most=1)
    return seconds * sum(weight.numel() for weight in weights) / sum(copy.numel() for copy in copies)
