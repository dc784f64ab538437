"""What the training loop must remember at a pause so that going on later gives the same bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from automl_tl.errors import DataCorrupted

__all__ = ["LoopState", "capture", "restore"]

_WEIGHTS = "weights."
_OPTIMISER = "optimiser."


@dataclass(frozen=True)
class LoopState:
    """The loop after ``update`` steps.

    Rates, data order, augmentation and dropout are functions of the recipe, the seed and the number of the update,
    so none of them is here.

    Attributes
    ----------
    micro_batch
        Examples of one forward pass: the recipe's batch size, or less where memory has run out before.
    losses
        Losses of the updates since the last pause.
    tensors
        Weights, buffers and the optimiser's moments by name, on the CPU.
    """

    update: int
    micro_batch: int
    losses: tuple[float, ...]
    tensors: Mapping[str, torch.Tensor]


def capture(model: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Return copies of the weights, buffers and moments on the CPU."""
    found = {f"{_WEIGHTS}{name}": value for name, value in model.state_dict().items()}
    for name, parameter in _parameters(optimiser):
        for key, value in optimiser.state.get(parameter, {}).items():
            if isinstance(value, torch.Tensor):
                found[f"{_OPTIMISER}{name}.{key}"] = value
    return {name: value.detach().to("cpu", copy=True).contiguous() for name, value in found.items()}


def restore(model: nn.Module, optimiser: torch.optim.Optimizer, tensors: Mapping[str, torch.Tensor]) -> None:
    """Put back what :func:`capture` returned; raises DataCorrupted if it is of another network or recipe."""
    weights = {name.removeprefix(_WEIGHTS): value for name, value in tensors.items() if name.startswith(_WEIGHTS)}
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise DataCorrupted(f"the training state is of another network ({error}); start the trial anew") from error
    parameters = dict(_parameters(optimiser))
    for name, value in tensors.items():
        if name.startswith(_OPTIMISER):
            owner, _, key = name.removeprefix(_OPTIMISER).rpartition(".")
            if owner not in parameters:
                raise DataCorrupted("the training state is of another recipe; start the trial anew")
            optimiser.state[parameters[owner]][key] = _like(value, parameters[owner])


def _parameters(optimiser: torch.optim.Optimizer) -> Iterator[tuple[str, nn.Parameter]]:
    for group, entry in enumerate(optimiser.param_groups):
        for position, parameter in enumerate(entry["params"]):
            yield f"{group}.{position}", parameter


def _like(value: torch.Tensor, parameter: nn.Parameter) -> torch.Tensor:
    """Return ``value`` with the device and strides that the optimiser would have given it beside ``parameter``."""
    if value.shape != parameter.shape:
        return value.to(parameter.device)
    return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)
