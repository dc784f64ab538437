"""AdamW or SGD over a strategy's groups, with warm-up and cosine decay, and a pull to where training began."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import ParameterGroup

__all__ = ["Anchors", "build_optimiser", "freeze_others", "rate_factor", "set_rates"]


_MOMENTUM = 0.9


def build_optimiser(groups: Sequence[ParameterGroup], recipe: Recipe) -> torch.optim.Optimizer:
    """Return the recipe's optimiser; vectors and scalars (norms, biases) and anchored groups get no weight decay.

    SGD has Nesterov momentum and adds the decay to the gradient (Kolesnikov et al., Big Transfer, ECCV 2020).
    """
    entries = []
    for group in groups:
        for decays in (True, False):
            parameters = [parameter for parameter in group.parameters if (parameter.ndim >= 2) is decays]
            if parameters:
                decay = recipe.weight_decay if decays and not group.anchor else 0.0
                entries.append(
                    {
                        "params": parameters,
                        "weight_decay": decay,
                        "multiple": group.multiple,
                        "anchor": group.anchor,
                    }
                )
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(entries, lr=recipe.learning_rate, momentum=_MOMENTUM, nesterov=True, fused=True)
    return torch.optim.AdamW(entries, lr=recipe.learning_rate, fused=True)


class Anchors:
    """Pulls anchored weights towards the values that they have now: L2-SP, decoupled from Adam's step.

    Li et al., Explicit Inductive Bias for Transfer Learning with Convolutional Networks, ICML 2018: the penalty
    Omega(w) = alpha / 2 ||w_S - w_S^0||^2 + beta / 2 ||w_H||^2 on the backbone w_S and the head w_H. Its gradient
    step w_S <- w_S - rate * alpha * (w_S - w_S^0) is taken beside Adam's, as AdamW takes that of beta: inside,
    Adam would divide it by the size of the loss gradient (Loshchilov & Hutter, ICLR 2019).
    """

    def __init__(self, optimiser: torch.optim.Optimizer) -> None:
        self._anchored = [
            (entry, parameter, parameter.detach().clone())
            for entry in optimiser.param_groups
            if entry["anchor"]
            for parameter in entry["params"]
        ]

    @torch.no_grad()
    def pull(self) -> None:
        """Take one step of the penalty at each group's present rate."""
        for entry, parameter, origin in self._anchored:
            parameter.lerp_(origin, min(1.0, entry["lr"] * entry["anchor"]))


def freeze_others(model: nn.Module, groups: Sequence[ParameterGroup]) -> None:
    """Let exactly the parameters of ``groups`` receive gradients."""
    trained = {id(parameter) for group in groups for parameter in group.parameters}
    for parameter in model.parameters():
        parameter.requires_grad_(id(parameter) in trained)


def rate_factor(update: float, recipe: Recipe) -> float:
    """Return the share of the peak rate at ``update`` (from 0): linear warm-up, then half a cosine to zero."""
    warmup = recipe.warmup * recipe.updates
    if update < warmup:
        return (update + 1) / (warmup + 1)
    progress = (update - warmup) / max(1.0, recipe.updates - warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def set_rates(optimiser: torch.optim.Optimizer, recipe: Recipe, update: float) -> None:
    """Give every group its rate for the update at this place of the schedule, counted from 0."""
    factor = rate_factor(update, recipe)
    for entry in optimiser.param_groups:
        entry["lr"] = recipe.learning_rate * entry["multiple"] * factor
