"""What turns a head's outputs into answers; torch-free."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["LINKS", "identity", "sigmoid", "softmax"]


def softmax(outputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return probabilities (N, C) of classes of which one is right."""
    exact = np.asarray(outputs, dtype=np.float64)
    odds = np.exp(exact - exact.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def sigmoid(outputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a probability (N, L) for each label by itself."""
    # Exact far from 0 as well, like scipy's expit, whose import takes longer than the rest of a server's start.
    return np.asarray(np.exp(-np.logaddexp(0.0, -np.asarray(outputs, dtype=np.float64))))


def identity(outputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the outputs (N, C) as they are: numbers."""
    return np.asarray(outputs, dtype=np.float64)


LINKS: Mapping[str, Callable[[NDArray[np.floating]], NDArray[np.float64]]] = {
    "softmax": softmax,
    "sigmoid": sigmoid,
    "identity": identity,
}
