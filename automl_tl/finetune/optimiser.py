"""AdamW over a strategy's parameter groups, with warm-up and cosine decay."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import ParameterGroup

__all__ = ["build_optimiser", "freeze_others", "rate_factor", "set_rates"]


def build_optimiser(groups: Sequence[ParameterGroup], recipe: Recipe) -> torch.optim.AdamW:
    """Return AdamW in which vectors and scalars (norms, biases) get no weight decay."""
    entries = []
    for group in groups:
        for decays in (True, False):
            parameters = [parameter for parameter in group.parameters if (parameter.ndim >= 2) is decays]
            if parameters:
                decay = recipe.weight_decay if decays else 0.0
                entries.append({"params": parameters, "weight_decay": decay, "multiple": group.multiple})
    return torch.optim.AdamW(entries, lr=recipe.learning_rate, fused=True)


def freeze_others(model: nn.Module, groups: Sequence[ParameterGroup]) -> None:
    """Let exactly the parameters of ``groups`` receive gradients."""
    trained = {id(parameter) for group in groups for parameter in group.parameters}
    for parameter in model.parameters():
        parameter.requires_grad_(id(parameter) in trained)


def rate_factor(update: int, recipe: Recipe) -> float:
    """Return the share of the peak rate at ``update`` (from 0): linear warm-up, then half a cosine to zero."""
    warmup = recipe.warmup * recipe.updates
    if update < warmup:
        return (update + 1) / (warmup + 1)
    progress = (update - warmup) / max(1.0, recipe.updates - warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def set_rates(optimiser: torch.optim.Optimizer, recipe: Recipe, update: int) -> None:
    """Give every group its rate for the update with this number, counted from 0."""
    factor = rate_factor(update, recipe)
    for entry in optimiser.param_groups:
        entry["lr"] = recipe.learning_rate * entry["multiple"] * factor
