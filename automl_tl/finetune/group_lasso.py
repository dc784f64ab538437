"""Which features help to predict the targets, by a penalty that silences whole features.

Evci et al., Head2Toe: Utilizing Intermediate Representations for Better Transfer Learning, ICML 2022, section 3.1:
a linear model W of features X is fitted with the group lasso, lambda * sum_i ||W_i||, one group per feature, and
feature i is worth ||W_i||. Here the loss is squared, 1 / 2n ||Y - XW||^2, so that every task is served by one
target matrix, and the worth is summed over a path of penalties, so that it does not hang on one of them.

Yuan & Lin, Model selection and estimation in regression with grouped variables, 2006; solved by FISTA, Beck &
Teboulle, A Fast Iterative Shrinkage-Thresholding Algorithm for Linear Inverse Problems, 2009.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["feature_worth"]

_PATH = (0.5, 0.25, 0.1, 0.05, 0.02)
"""Penalties as shares of the smallest one that silences every feature."""
_STEPS = 40
_POWER_STEPS = 20


def feature_worth(features: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how much each feature is worth, float64 (D,), >= 0.

    Parameters
    ----------
    features
        float (N, D); constant columns are worth nothing.
    targets
        float (N, C): classes as indicators, or numbers.
    """
    x, y = _standardised(features), _standardised(targets)
    n = len(x)
    correlation = x.T @ y / n
    silent = float(np.linalg.norm(correlation, axis=1).max(initial=0.0))
    if silent == 0:
        return np.zeros(x.shape[1])
    rate = 1.0 / _largest_eigenvalue(x)
    weight = np.zeros((x.shape[1], y.shape[1]), dtype=np.float32)
    worth = np.zeros(x.shape[1])
    for share in _PATH:
        weight = _solve(x, correlation, weight, share * silent, rate)
        norms = np.linalg.norm(weight, axis=1).astype(np.float64)
        worth += norms / max(norms.sum(), np.finfo(float).tiny)
    return worth


def _solve(
    x: NDArray[np.floating],
    correlation: NDArray[np.floating],
    start: NDArray[np.floating],
    penalty: float,
    rate: float,
) -> NDArray[np.floating]:
    """Take accelerated proximal steps from ``start``."""
    weight, ahead, momentum = start, start, 1.0
    for _ in range(_STEPS):
        gradient = x.T @ (x @ ahead) / len(x) - correlation
        moved = ahead - rate * gradient
        norms = np.linalg.norm(moved, axis=1, keepdims=True)
        shrunk = moved * np.maximum(0, 1 - rate * penalty / np.maximum(norms, 1e-12))
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = shrunk + np.float32((momentum - 1) / following) * (shrunk - weight)
        weight, momentum = shrunk, following
    return weight


def _standardised(values: NDArray[np.floating]) -> NDArray[np.floating]:
    mean, deviation = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    constant = deviation <= 1e-6 * np.maximum(np.abs(mean), deviation.max(initial=0.0))
    return ((values - mean) / np.where(constant, np.inf, deviation)).astype(np.float32)


def _largest_eigenvalue(x: NDArray[np.floating]) -> float:
    """Return a little more than the largest eigenvalue of X'X / n, by power iteration."""
    vector: NDArray[np.floating] = np.ones(x.shape[1], dtype=np.float32)
    value = 1.0
    for _ in range(_POWER_STEPS):
        vector = x.T @ (x @ vector) / len(x)
        value = float(np.linalg.norm(vector))
        if value == 0:
            return 1.0
        vector /= value
    return 1.05 * value
