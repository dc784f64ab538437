"""One fine-tuning run as data: strategy and hyperparameters."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from automl_tl.errors import SearchSpaceError

__all__ = ["AUGMENTATIONS", "Recipe", "Scalar"]

Scalar = str | int | float | bool

AUGMENTATIONS = ("none", "light", "flip")
"""Values of ``augment``."""

_RULES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "learning_rate": ("must be a finite number > 0", lambda value: 0 < value < math.inf),
    "head_multiplier": ("must be a finite number > 0", lambda value: 0 < value < math.inf),
    "layer_decay": ("must be in (0, 1]", lambda value: 0 < value <= 1),
    "frozen_fraction": ("must be in [0, 1)", lambda value: 0 <= value < 1),
    "unfreezing": ("must be in [0, 1)", lambda value: 0 <= value < 1),
    "rank": ("must be a whole number >= 1", lambda value: value == int(value) and value >= 1),
    "anchor": ("must be a finite number >= 0", lambda value: 0 <= value < math.inf),
    "weight_decay": ("must be a finite number >= 0", lambda value: 0 <= value < math.inf),
    "batch_size": ("must be a whole number >= 2", lambda value: value == int(value) and value >= 2),
    "updates": ("must be a whole number >= 1", lambda value: value == int(value) and value >= 1),
    "warmup": ("must be in [0, 0.5]", lambda value: 0 <= value <= 0.5),
    "label_smoothing": ("must be in [0, 0.3]", lambda value: 0 <= value <= 0.3),
    "augment": (f"must be one of {', '.join(AUGMENTATIONS)}", lambda value: value in AUGMENTATIONS),
    "inverse_regularisation": ("must be a finite number >= 0", lambda value: 0 <= value < math.inf),
}


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run besides data, backbone and seed.

    Attributes
    ----------
    strategy
        Name of a registered strategy.
    learning_rate
        Peak rate of whatever trains in the backbone: blocks, adapters, norms and biases (AdamW).
    head_multiplier
        Rate of the head as a multiple of ``learning_rate``.
    layer_decay
        Rate factor per block from output to input, in (0, 1].
    frozen_fraction
        Share of blocks, counted from the input, that partial unfreezing keeps frozen, in [0, 1).
    unfreezing
        Share of ``updates`` over which gradual unfreezing thaws one block after another, in [0, 1).
    rank
        Rank of the low-rank adapters, >= 1.
    anchor
        Strength of the pull of the backbone's weights towards their pretrained values (L2-SP), >= 0: over the run
        a move that was made at its start is taken back by the factor exp(-anchor / 2).
    weight_decay
        Decoupled weight decay of matrices; norms and biases get none.
    batch_size
        Examples per update, >= 2.
    updates
        Optimiser steps of a full run.
    warmup
        Share of ``updates`` with rising rate, in [0, 0.5].
    label_smoothing
        In [0, 0.3].
    augment
        ``none``, ``light`` (small shifts, scale, brightness; no flips) or ``flip`` (light and horizontal flips).
    inverse_regularisation
        C of the logistic regression: of the linear probe, and of the head that fine-tuning starts from. >= 0;
        0 means the value that cross-validation on the training part chooses.

    Raises
    ------
    SearchSpaceError
        If a value breaks its rule; the message names field, rule and value.
    """

    strategy: str
    learning_rate: float = 1e-3
    head_multiplier: float = 3.0
    layer_decay: float = 0.8
    frozen_fraction: float = 0.5
    unfreezing: float = 0.5
    rank: int = 8
    anchor: float = 1.0
    weight_decay: float = 0.01
    batch_size: int = 16
    updates: int = 120
    warmup: float = 0.1
    label_smoothing: float = 0.0
    augment: str = "none"
    inverse_regularisation: float = 0.0

    def __post_init__(self) -> None:
        for name, (rule, holds) in _RULES.items():
            value = getattr(self, name)
            if not holds(value):
                raise SearchSpaceError(f"{name} {rule} but got {value!r}", field=name)

    @classmethod
    def from_parameters(cls, strategy: str, parameters: Mapping[str, Scalar]) -> Recipe:
        """Build a recipe from sampled parameters; raises SearchSpaceError on an unknown name."""
        known = {field.name for field in dataclasses.fields(cls)} - {"strategy"}
        unknown = sorted(set(parameters) - known)
        if unknown:
            raise SearchSpaceError(
                f"strategy {strategy!r} has no parameter {unknown[0]!r}; known: {', '.join(sorted(known))}",
                field=unknown[0],
            )
        return cls(strategy=strategy, **parameters)  # type: ignore[arg-type]

    def parameters(self) -> dict[str, Scalar]:
        """Return every hyperparameter by name, without the strategy."""
        values = dataclasses.asdict(self)
        del values["strategy"]
        return values
