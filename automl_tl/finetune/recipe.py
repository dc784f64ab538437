"""One fine-tuning run as data: strategy and hyperparameters."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from automl_tl.errors import SearchSpaceError

__all__ = [
    "AUGMENTATIONS",
    "BATCH_NORMS",
    "CLASS_WEIGHTS",
    "FEATURE_LAYERS",
    "HEADS",
    "OPTIMISERS",
    "SAMPLINGS",
    "Recipe",
    "Scalar",
]

Scalar = str | int | float | bool

AUGMENTATIONS = ("none", "light", "flip", "crop", "trivial", "randaugment")
"""Values of ``augment``."""
OPTIMISERS = ("adamw", "sgd")
"""Values of ``optimiser``."""
HEADS = ("probe", "random")
"""Values of ``head_start``."""
FEATURE_LAYERS = ("model", "last", "last_4", "head2toe")
"""Values of ``feature_layers``."""
CLASS_WEIGHTS = ("metric", "none", "sqrt", "inverse")
"""Values of ``class_weights``."""
SAMPLINGS = ("uniform", "balanced")
"""Values of ``sampling``."""
BATCH_NORMS = ("size", "frozen", "trained")
"""Values of ``batch_norm``."""


def _one_of(values: tuple[str, ...]) -> tuple[str, Callable[[Any], bool]]:
    return f"must be one of {', '.join(values)}", lambda value: value in values


def _within(low: float, high: float) -> tuple[str, Callable[[Any], bool]]:
    return f"must be in [{low:g}, {high:g}]", lambda value: low <= value <= high


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
    "warmup": _within(0, 0.5),
    "label_smoothing": _within(0, 0.3),
    "augment": _one_of(AUGMENTATIONS),
    "inverse_regularisation": ("must be a finite number >= 0", lambda value: 0 <= value < math.inf),
    "optimiser": _one_of(OPTIMISERS),
    "head_start": _one_of(HEADS),
    "feature_layers": _one_of(FEATURE_LAYERS),
    "magnitude": _within(0, 20),
    "mixup": _within(0, 4),
    "cutmix": _within(0, 4),
    "erasing": _within(0, 1),
    "token_masking": _within(0, 0.5),
    "dropout": _within(0, 0.8),
    "class_weights": _one_of(CLASS_WEIGHTS),
    "focal": _within(0, 5),
    "sampling": _one_of(SAMPLINGS),
    "ema_decay": ("must be in [0, 1)", lambda value: 0 <= value < 1),
    "patience": ("must be a whole number >= 0", lambda value: value == int(value) and value >= 0),
    "batch_norm": _one_of(BATCH_NORMS),
}


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run besides data, backbone and seed.

    Attributes
    ----------
    strategy
        Name of a registered strategy.
    learning_rate
        Peak rate of whatever trains in the backbone: blocks, adapters, norms and biases. SGD wants rates ten to a
        hundred times those of AdamW.
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
        How images are changed at random: ``none``, ``light`` (small shifts, scale, brightness; no flips), ``flip``
        (light and horizontal flips), ``crop`` (a window of half to all of the area, as in ResNet's training),
        ``trivial`` (TrivialAugment) or ``randaugment`` (RandAugment, two operations of strength ``magnitude``).
    inverse_regularisation
        C of the logistic regression: of the linear probe, and of the head that fine-tuning starts from. >= 0;
        0 means the value that cross-validation on the training part chooses.
    optimiser
        ``adamw`` or ``sgd`` (Nesterov momentum 0.9).
    head_start
        Head with which training starts: ``probe``, the linear probe's (LP-FT), or ``random``. Either way the
        linear probe itself is the first point and the first checkpoint.
    feature_layers
        What a linear probe reads: ``model`` (the layers chosen for the model when it was probed), ``last``,
        ``last_4`` (mean of the last four) or ``head2toe`` (the best features of all layers).
    magnitude
        Strength of ``randaugment``, in [0, 20]; operations reach their usual bounds at 30 in torchvision's scale.
    mixup, cutmix
        Alpha of the Beta distribution from which the share of the second image is drawn, in [0, 4]; 0 means
        never. With both, each batch is mixed one way or the other. Images only.
    erasing
        Probability that a rectangle of an image is blotted out, in [0, 1].
    token_masking
        Share of a text's tokens that are hidden at random, in [0, 0.5].
    dropout
        Probability that a feature of the embedding is left out before the head, in [0, 0.8]; dropout inside the
        backbone stays as its configuration has it.
    class_weights
        Weight of a class in the loss: ``metric`` (``inverse`` if the job's metric counts classes alike, else
        ``none``), ``none``, ``sqrt`` (inverse to the root of its count) or ``inverse`` (to its count). Of several
        labels the rows that have one are weighted so, and ``metric`` is ``none``.
    focal
        Exponent gamma of the focal loss, in [0, 5]; 0 is plain cross-entropy.
    sampling
        ``uniform`` over examples, or ``balanced``: every class is drawn as often, and classes are not weighted.
    ema_decay
        Decay per update of a moving average of the weights, in [0, 1); 0 means none. It is kept instead of the
        weights themselves only where validation finds it better.
    patience
        Number of rungs in a row without a better validation figure after which the run ends; 0 means never.
    batch_norm
        Statistics of batch norms: ``frozen`` as pretrained, ``trained``, or by ``size``, frozen where there are so
        few examples that new ones would be noise.

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
    optimiser: str = "adamw"
    head_start: str = "probe"
    feature_layers: str = "model"
    magnitude: float = 9.0
    mixup: float = 0.0
    cutmix: float = 0.0
    erasing: float = 0.0
    token_masking: float = 0.0
    dropout: float = 0.0
    class_weights: str = "metric"
    focal: float = 0.0
    sampling: str = "uniform"
    ema_decay: float = 0.0
    patience: int = 0
    batch_norm: str = "size"

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
