"""What a network's own exceptions tell, in words."""

from __future__ import annotations

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.backbone import Backbone

__all__ = ["NETWORK_FAILURES", "failed_on_data", "reason_of"]

NETWORK_FAILURES = (RuntimeError, ValueError, IndexError, AssertionError)
"""What the libraries raise where an input does not fit or a device cannot compute it."""


def reason_of(error: Exception) -> str:
    """Return the first line of what an exception says, or its type where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def failed_on_data(backbone: Backbone, error: Exception) -> ModelUnavailable:
    """Return the reason why a model cannot be probed."""
    return ModelUnavailable(f"{backbone.card.id} fails on this data: {reason_of(error)}")
