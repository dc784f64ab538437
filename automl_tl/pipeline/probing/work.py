"""What embedding one row takes, foretold before a model is loaded: the same on every machine and in every run."""

from __future__ import annotations

from automl_tl.zoo.card import ModelCard, TextInput

__all__ = ["operations_per_row"]

_PATCH = 16 * 16
"""Pixels on which a vision transformer uses its weights once; convolutions come to about as much on average."""
_FEWEST_PATCHES = 8 * 8
"""Networks for small images look at them in smaller patches."""
_USUAL_PARAMETERS = 25_000_000
"""Of a ResNet-50 or a small vision transformer, for a card that does not say."""


def operations_per_row(card: ModelCard) -> float:
    """Return about how many floating-point operations one forward pass takes, a multiply-add counted as 2.

    Every weight meets every patch or token once. That is good for comparing candidates and for orders of
    magnitude: attention is left out, and a text counts with the most tokens that the model reads.
    """
    shape = card.input
    if isinstance(shape, TextInput):
        positions = float(shape.max_length)
    else:
        positions = max(shape.size[0] * shape.size[1] / _PATCH, _FEWEST_PATCHES)
    return 2.0 * (card.parameters or _USUAL_PARAMETERS) * positions
