"""First guesses of the hyperparameters of gradient strategies, by model family and size."""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.recipe import Scalar
from automl_tl.zoo.card import ModelCard

__all__ = [
    "FEW_WEIGHTS_PARAMETERS",
    "REGULARISERS",
    "SCRATCH_RATE",
    "few_weights_defaults",
    "gradient_defaults",
]

REGULARISERS = (
    "label_smoothing",
    "augment",
    "magnitude",
    "mixup",
    "cutmix",
    "erasing",
    "token_masking",
    "dropout",
    "class_weights",
    "focal",
    "sampling",
    "optimiser",
    "ema_decay",
    "patience",
    "batch_norm",
)
"""Hyperparameters of the training loop that every strategy has whose head is trained by gradient."""

SCRATCH_RATE = 2e-3
"""Peak AdamW rate of a network without pretrained weights; the rates of fine-tuning would hardly move it."""

FEW_WEIGHTS_PARAMETERS = (
    "learning_rate",
    "head_multiplier",
    "weight_decay",
    "batch_size",
    "updates",
    "warmup",
    *REGULARISERS,
)
"""Hyperparameters of strategies that train few weights of every layer at one rate."""

_TINY = 1_000_000
_SMALL = 5_000_000
_FEW_WEIGHTS_MULTIPLE = 5.0
_ATTENTION = ("vit", "deit", "beit", "eva", "swin", "dinov2")


def gradient_defaults(card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
    """Return hyperparameters that are a sane first try for ``card`` on ``n_train`` examples."""
    return {
        "learning_rate": _peak_rate(card),
        "batch_size": 16 if n_train < 300 else 32,
        "updates": 120 if n_train < 500 else 300 if n_train < 5000 else 1000,
        "augment": "light" if card.modality == "image" else "none",
    }


def few_weights_defaults(card: ModelCard, n_train: int, *, highest_rate: float) -> Mapping[str, Scalar]:
    """Return the same with five times the rate, at most ``highest_rate``: few weights must do the work of many."""
    guess = gradient_defaults(card, n_train)
    rate = min(highest_rate, _FEW_WEIGHTS_MULTIPLE * float(guess["learning_rate"]))
    return {**guess, "learning_rate": rate, "head_multiplier": 1.0}


def _peak_rate(card: ModelCard) -> float:
    """Return the peak AdamW rate: what a few hundred thousand weights need would wreck a large transformer.

    Measured on convolutions: 0.28 million parameters learn digits best at 2e-3 (1e-3 and 4e-3 are within a point);
    a MobileNetV2 of 2.2 million likes 1e-3 on photographs and 3e-4 on sketches. Larger models as in MAE and ViT.
    """
    attention = card.modality == "text" or card.family in _ATTENTION
    if 0 < card.parameters < _TINY:
        return 7e-4 if attention else 2e-3
    if 0 < card.parameters < _SMALL:
        return 3e-4 if attention else 6e-4
    return 1e-4 if attention else 3e-4
