"""Rates follow warm-up and cosine; norms and biases get no decay."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from automl_tl.finetune.optimiser import Anchors, build_optimiser, freeze_others, rate_factor, set_rates
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import ParameterGroup

RECIPE = Recipe("full_finetune", learning_rate=0.1, weight_decay=0.3, updates=100, warmup=0.1)


def test_the_rate_rises_then_falls_to_zero():
    factors = [rate_factor(update, RECIPE) for update in range(101)]
    assert factors[:11] == sorted(factors[:11])
    assert factors[10] == 1.0
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert factors[100] == pytest.approx(0.0, abs=1e-12)
    assert factors[0] > 0


def test_without_warm_up_the_first_update_has_the_peak_rate():
    assert rate_factor(0, Recipe("full_finetune", warmup=0.0)) == 1.0


def test_groups_keep_their_multiple_and_only_matrices_decay():
    layer = nn.Linear(3, 2)
    optimiser = build_optimiser([ParameterGroup("layer", tuple(layer.parameters()), 0.5)], RECIPE)
    set_rates(optimiser, RECIPE, 10)
    assert [(e["params"][0].ndim, e["weight_decay"], e["lr"]) for e in optimiser.param_groups] == [
        (2, 0.3, pytest.approx(0.05)),
        (1, 0.0, pytest.approx(0.05)),
    ]


def test_exactly_the_groups_receive_gradients():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    freeze_others(model, [ParameterGroup("last", tuple(model[1].parameters()), 1.0)])
    model(torch.ones(1, 2)).sum().backward()
    assert all(parameter.grad is None for parameter in model[0].parameters())
    assert all(parameter.grad is not None for parameter in model[1].parameters())


def test_an_anchor_takes_the_gradient_step_of_its_penalty_and_replaces_weight_decay():
    layer = nn.Linear(3, 2)
    optimiser = build_optimiser([ParameterGroup("layer", tuple(layer.parameters()), 0.5, anchor=4.0)], RECIPE)
    assert [entry["weight_decay"] for entry in optimiser.param_groups] == [0.0, 0.0]
    anchors, origin = Anchors(optimiser), layer.weight.detach().clone()
    with torch.no_grad():
        layer.weight += 1.0
    set_rates(optimiser, RECIPE, 10)  # 0.05, so that the step is 0.05 * 4 = 0.2 of the way
    anchors.pull()
    torch.testing.assert_close(layer.weight.detach(), origin + 0.8)


def test_sgd_takes_nesterovs_step_with_the_decay_in_the_gradient():
    layer = nn.Linear(2, 1, bias=False)
    nn.init.ones_(layer.weight)
    recipe = Recipe("full_finetune", optimiser="sgd", learning_rate=0.1, weight_decay=0.5, warmup=0.0)
    optimiser = build_optimiser([ParameterGroup("layer", (layer.weight,), 1.0)], recipe)
    set_rates(optimiser, recipe, 0)
    layer(torch.tensor([[1.0, 0.0]])).sum().backward()
    optimiser.step()
    gradient = torch.tensor([[1.5, 0.5]])
    torch.testing.assert_close(layer.weight.detach(), 1 - 0.1 * 1.9 * gradient)
