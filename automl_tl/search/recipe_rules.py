"""Which values each field of a recipe may take, so that a space fails when it is read and not in a trial."""

from __future__ import annotations

from automl_tl.search.space import Scalar

__all__ = ["broken_rule"]

_RANGES: dict[str, tuple[float, float]] = {
    "learning_rate": (1e-8, 1.0),
    "head_multiplier": (1e-3, 1e4),
    "layer_decay": (0.05, 1.0),
    "frozen_fraction": (0.0, 0.99),
    "weight_decay": (0.0, 1.0),
    "batch_size": (2, 4096),
    "updates": (1, 1_000_000),
    "warmup": (0.0, 0.5),
    "label_smoothing": (0.0, 0.3),
    "inverse_regularisation": (1e-6, 1e6),
}
_WORDS = {"augment": ("none", "light", "flip")}


def broken_rule(name: str, value: Scalar) -> str:
    """Return the rule that ``value`` breaks as a value of the recipe's field ``name``, or "" if it is fine."""
    if name in _WORDS and value not in _WORDS[name]:
        return f"must be one of {', '.join(_WORDS[name])}"
    if name in _RANGES and not isinstance(value, str):
        low, high = _RANGES[name]
        if not low <= value <= high:
            return f"must be in [{low:g}, {high:g}] for {name}"
    return ""
