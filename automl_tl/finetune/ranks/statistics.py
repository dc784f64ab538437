"""Batch norms that see the examples of all ranks: with its own part only, each would train another network.

Ioffe & Szegedy, Batch Normalization, ICML 2015, algorithm 1 and the gradients of section 3; moments of several
parts are combined as in Chan, Golub & LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample
Variances, 1979, which loses no digits as sums of squares would. torch's own SyncBatchNorm replaces modules, runs
on GPUs only, and could not tell that a rank has run out of memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import TorchFunctionMode

from automl_tl.finetune.ranks.exchange import Exchange

__all__ = ["SharedStatistics", "statistics_width"]


def statistics_width(model: nn.Module, count: int) -> int:
    """Return how many numbers ``count`` ranks exchange at most for one batch norm of a network, 0 without any."""
    widest = max((norm.num_features for norm in model.modules() if isinstance(norm, _BatchNorm)), default=0)
    return count * (2 * widest + 1)


_BatchNorm = nn.modules.batchnorm._BatchNorm


class SharedStatistics(TorchFunctionMode):
    """Inside the block, batch norms in training mode take the moments of all ranks' examples.

    Modules stay what they are, whatever class of batch norm they have: the function that they call is replaced.

    Parameters
    ----------
    present
        False where this rank has no examples now and computes only to keep the others company.
    """

    def __init__(self, exchange: Exchange, *, present: bool) -> None:
        super().__init__()
        self._exchange = exchange
        self._present = present

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Answer calls of batch norms in training; hand all others on."""
        if func is not F.batch_norm or not _training(*args, **(kwargs or {})):
            return func(*args, **(kwargs or {}))
        return self._batch_norm(*args, **(kwargs or {}))

    def _batch_norm(
        self,
        input: torch.Tensor,
        running_mean: torch.Tensor | None,
        running_var: torch.Tensor | None,
        weight: torch.Tensor | None = None,
        bias: torch.Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> torch.Tensor:
        outputs, mean, variance, n = _Normalise.apply(  # type: ignore[no-untyped-call]
            input.float(), eps, self._exchange, self._present
        )
        if running_mean is not None and running_var is not None:
            with torch.no_grad():
                running_mean.lerp_(mean.to(running_mean.dtype), momentum)
                running_var.lerp_((variance * n / (n - 1).clamp(min=1)).to(running_var.dtype), momentum)
        shape = (1, -1, *[1] * (input.dim() - 2))
        if weight is not None:
            outputs = outputs * weight.view(shape)
        if bias is not None:
            outputs = outputs + bias.view(shape)
        return outputs.to(input.dtype)


class _Normalise(torch.autograd.Function):
    """(x - mean) / sqrt(variance + eps) with the moments of all ranks; also returns moments and their number."""

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any, inputs: torch.Tensor, eps: float, exchange: Exchange, present: bool
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        mean, variance, n = _moments(inputs, exchange, present)
        deviation = torch.rsqrt(variance + eps)
        normed = (inputs - _along(mean, inputs)) * _along(deviation, inputs)
        ctx.save_for_backward(normed, deviation, n)
        ctx.exchange, ctx.present = exchange, present
        ctx.mark_non_differentiable(mean, variance, n)
        return normed, mean, variance, n

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor, *_: Any) -> tuple[torch.Tensor, None, None, None]:
        normed, deviation, n = ctx.saved_tensors
        own = torch.cat([gradient.sum(_others(gradient)), (gradient * normed).sum(_others(gradient))])
        summed, summed_normed = (ctx.exchange.total(own) / n).chunk(2)
        if not ctx.present:  # no moment depends on these examples
            return torch.zeros_like(gradient), None, None, None
        inner = gradient - _along(summed, gradient) - normed * _along(summed_normed, gradient)
        return inner * _along(deviation, gradient), None, None, None


def _moments(
    inputs: torch.Tensor, exchange: Exchange, present: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return mean and (biased) variance of each channel over all ranks, (C,), and the number of values, ()."""
    ranks, channels = exchange.ranks, inputs.shape[1]
    lines = torch.zeros(ranks.count, 2 * channels + 1, device=inputs.device)
    if present:
        variance, mean = torch.var_mean(inputs, _others(inputs), correction=0)
        values = inputs.new_tensor([inputs.numel() / channels])
        lines[ranks.rank] = torch.cat([values, mean, variance])
    lines = exchange.total(lines).view(ranks.count, -1)
    numbers, means, variances = lines[:, :1], lines[:, 1 : 1 + channels], lines[:, 1 + channels :]
    n = numbers.sum()
    mean = (numbers * means).sum(0) / n
    return mean, (numbers * (variances + (means - mean) ** 2)).sum(0) / n, n


def _training(
    input: Any,
    mean: Any,
    var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    *_: Any,
    **__: Any,
) -> bool:
    return training


def _others(tensor: torch.Tensor) -> list[int]:
    """Return every dimension but that of the channels."""
    return [dimension for dimension in range(tensor.dim()) if dimension != 1]


def _along(values: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    return values.view(1, -1, *[1] * (tensor.dim() - 2))
