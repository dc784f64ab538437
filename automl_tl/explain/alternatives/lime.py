"""LIME-style: a ridge regression on random coalitions, those near the whole input counting more.

Ribeiro, Singh, Guestrin, "Why Should I Trust You?", KDD 2016, section 3.4. Its coefficients describe a
neighbourhood and do not add up to the model's output.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["LIME_EVALUATIONS", "lime"]

LIME_EVALUATIONS = 100
_KERNEL_WIDTH = 0.25
_RIDGE = 1.0


def lime(
    value: Callable[[NDArray[np.bool_]], NDArray[np.float64]],
    n_features: int,
    *,
    max_evals: int = LIME_EVALUATIONS,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Return coefficients (F,) of a game with one output, ``value`` mapping coalitions (B, F) to (B,)."""
    masks = np.random.default_rng(seed).random((max_evals, n_features)) < 0.5
    masks[0] = True
    distance = 1 - np.sqrt(masks.mean(axis=1))
    weights = np.exp(-(distance**2) / _KERNEL_WIDTH**2)
    answers = value(masks)
    centred: NDArray[np.float64] = masks - np.average(masks, axis=0, weights=weights)
    targets = answers - np.average(answers, weights=weights)
    gram = (centred * weights[:, None]).T @ centred + _RIDGE * np.eye(n_features)
    return np.asarray(np.linalg.solve(gram, (centred * weights[:, None]).T @ targets))
