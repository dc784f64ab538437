"""What turns a head's outputs into answers; torch-free."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

__all__ = ["LINKS", "identity", "sigmoid", "softmax"]


def softmax(outputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return probabilities (N, C) of classes of which one is right."""
    exact = np.asarray(outputs, dtype=np.float64)
    odds = np.exp(exact - exact.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def sigmoid(outputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a probability (N, L) for each label by itself."""
    return np.asarray(expit(np.asarray(outputs, dtype=np.float64)))


def identity(outputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the outputs (N, C) as they are: numbers."""
    return np.asarray(outputs, dtype=np.float64)


LINKS: Mapping[str, Callable[[NDArray[np.floating]], NDArray[np.float64]]] = {
    "softmax": softmax,
    "sigmoid": sigmoid,
    "identity": identity,
}
