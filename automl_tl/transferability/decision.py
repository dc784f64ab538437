"""What to do with uncertain standings: who is probably best, what a choice may cost, who cannot be told apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["contenders", "expected_regret", "probability_best"]


def probability_best(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how often each model (M,) is the best of a draw (B, M); ties share."""
    filled = np.nan_to_num(draws, nan=-np.inf)
    winners = filled == filled.max(axis=1, keepdims=True)
    return np.asarray((winners / winners.sum(axis=1, keepdims=True)).mean(axis=0))


def expected_regret(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean loss of accuracy, in [0, 1], when each model (M,) is taken instead of the best.

    Parameters
    ----------
    draws
        Log-odds of accuracy (B, M).
    """
    accuracy = 1.0 / (1.0 + np.exp(-draws))
    return np.asarray((accuracy.max(axis=1, keepdims=True) - accuracy).mean(axis=0))


def contenders(probabilities: NDArray[np.float64], level: float = 0.95) -> NDArray[np.bool_]:
    """Return the smallest set of models (M,) that holds the best one with probability ``level`` or more."""
    order = np.argsort(-probabilities, kind="stable")
    before = np.cumsum(probabilities[order]) - probabilities[order]
    chosen = np.zeros(len(probabilities), dtype=np.bool_)
    chosen[order[before < level - 1e-12]] = True
    return chosen
