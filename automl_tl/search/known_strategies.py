"""Which strategies there are, what each looks at and can learn, known without loading them: they load torch."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from automl_tl.finetune.strategies.rates import FEW_WEIGHTS_PARAMETERS, REGULARISERS
from automl_tl.registry import Registry

__all__ = ["BUILTIN", "TASKS", "known_strategies", "known_tasks"]

_EVERY_TASK = ("classification", "multilabel", "regression")

_WHOLE_NETWORK = (
    "learning_rate",
    "head_multiplier",
    "layer_decay",
    "weight_decay",
    "batch_size",
    "updates",
    "warmup",
    *REGULARISERS,
)

BUILTIN: Mapping[str, tuple[str, ...]] = {
    "contrastive": (
        "learning_rate",
        "layer_decay",
        "weight_decay",
        "batch_size",
        "updates",
        "warmup",
        "augment",
        "inverse_regularisation",
    ),
    "from_scratch": _WHOLE_NETWORK,
    "full_finetune": ("head_start", *_WHOLE_NETWORK),
    "gradual_unfreezing": ("unfreezing", *_WHOLE_NETWORK),
    "l2_sp": ("anchor", *_WHOLE_NETWORK),
    "linear_probe": ("inverse_regularisation", "feature_layers"),
    "lora": ("rank", *FEW_WEIGHTS_PARAMETERS),
    "norm_and_bias": FEW_WEIGHTS_PARAMETERS,
    "partial_unfreezing": ("frozen_fraction", *_WHOLE_NETWORK),
    "probe_then_finetune": _WHOLE_NETWORK,
}
"""Hyperparameters of the project's own strategies by name: what their ``parameters`` say, as a test makes sure."""

TASKS: Mapping[str, tuple[str, ...]] = {**dict.fromkeys(BUILTIN, _EVERY_TASK), "contrastive": ("classification",)}
"""Tasks that the project's own strategies can learn, by name: what their ``tasks`` say, as a test makes sure."""


def known_strategies() -> Mapping[str, tuple[str, ...] | None]:
    """Return the hyperparameters of every strategy by its name; None where only a plug-in's own code says them.

    Plug-ins are known by the names of their entry points. A process that has loaded the strategies anyway, as a
    worker has, asks these, so there a plug-in's hyperparameters are known, too.
    """
    return {**dict.fromkeys(_plug_ins()), **BUILTIN, **_loaded("parameters")}


def known_tasks() -> Mapping[str, tuple[str, ...] | None]:
    """Return the tasks of every strategy by its name; None where only a plug-in's own code says them."""
    return {**dict.fromkeys(_plug_ins()), **TASKS, **_loaded("tasks")}


def _plug_ins() -> list[str]:
    return [point.name for point in entry_points(group="automl_tl.strategy")]


def _loaded(attribute: str) -> Mapping[str, tuple[str, ...] | None]:
    """Return what the registered strategies say themselves; nothing where they are not loaded."""
    module = sys.modules.get("automl_tl.finetune.strategies.base")
    registry: Registry[Any] | None = getattr(module, "strategies", None)
    if registry is None:
        return {}
    # A plug-in that does not say what it looks at must not make every space unreadable.
    return {name: getattr(registry.get(name), attribute, None) for name in registry}
