"""LP-FT keeps the contract, starts from the probe and is gentler than full fine-tuning."""

from __future__ import annotations

import dataclasses

import pytest

from automl_tl.finetune.strategies.base import strategies
from automl_tl.testing.strategy import StrategyContract, tiny_image_backbone


class TestProbeThenFinetune(StrategyContract):
    name = "probe_then_finetune"


@pytest.mark.parametrize(("parameters", "factor"), [(300_000, 1.0), (86_000_000, 0.5)])
def test_it_is_full_fine_tuning_from_the_probe_gentler_for_large_networks(parameters, factor):
    card = dataclasses.replace(tiny_image_backbone().card, parameters=parameters)
    gentle, full = (
        strategies.get(name).default_recipe(card, 100) for name in ("probe_then_finetune", "full_finetune")
    )
    assert gentle.head_start == "probe"
    assert gentle.learning_rate == full.learning_rate * factor
    assert gentle.head_multiplier <= full.head_multiplier
    assert "head_start" not in strategies.get("probe_then_finetune").parameters
    assert "head_start" in strategies.get("full_finetune").parameters
