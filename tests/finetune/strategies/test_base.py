"""The registry of strategies knows the built-in ones."""

from __future__ import annotations

import pytest

from automl_tl.errors import NotFound
from automl_tl.finetune.strategies.base import strategies


def test_the_builtin_strategies_are_registered_under_their_own_names():
    assert strategies.names() == (
        "contrastive",
        "from_scratch",
        "full_finetune",
        "gradual_unfreezing",
        "l2_sp",
        "linear_probe",
        "lora",
        "norm_and_bias",
        "partial_unfreezing",
        "probe_then_finetune",
    )
    assert all(strategies.get(name).name == name for name in strategies)


def test_an_unknown_strategy_is_refused_with_the_known_ones():
    with pytest.raises(NotFound, match="partial_unfreezing"):
        strategies.get("magic")
