"""Is an explanation true to the model? Insertion and deletion against random orders."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.base import Faithfulness

__all__ = ["check_evaluations", "insertion_deletion"]

_STEPS = 8
_RANDOM_ORDERS = 5

CoalitionFunction = Callable[[NDArray[np.bool_]], NDArray[np.float64]]


def check_evaluations(n_features: int) -> int:
    """Return the most evaluations that :func:`insertion_deletion` spends beyond the empty and full coalition."""
    inner = max(min(_STEPS, n_features) - 1, 0)
    return 2 * inner * (_RANDOM_ORDERS + 1)


def insertion_deletion(
    value: CoalitionFunction, contributions: NDArray[np.float64], class_index: int, *, seed: int = 0
) -> Faithfulness:
    """Compare the order of ``contributions`` (F,) with random orders by insertion minus deletion.

    Parameters
    ----------
    value
        Coalitions bool (B, F) to all logits float64 (B, C).
    class_index
        The predicted class, whose softmax probability is followed.
    """
    generator = np.random.default_rng(seed)
    orders = [np.argsort(-contributions, kind="stable")]
    orders += [generator.permutation(len(contributions)) for _ in range(_RANDOM_ORDERS)]
    curves = [_areas(value, order, class_index) for order in orders]
    gaps = tuple(insertion - deletion for insertion, deletion in curves[1:])
    insertion, deletion = curves[0]
    return Faithfulness(insertion, deletion, gaps, _verdict(insertion - deletion, gaps))


def _verdict(gap: float, random_gaps: tuple[float, ...]) -> str:
    if gap > max(random_gaps):
        return "faithful"
    return "weak" if gap > float(np.mean(random_gaps)) else "failed"


def _areas(value: CoalitionFunction, order: NDArray[np.int64], class_index: int) -> tuple[float, float]:
    """Return the areas under the insertion and the deletion curve (trapezoid rule, share of features on x)."""
    n_features = len(order)
    counts = np.unique(np.linspace(0, n_features, min(_STEPS, n_features) + 1).round().astype(int))
    rank = np.empty(n_features, dtype=np.int64)
    rank[order] = np.arange(n_features)
    inserted = rank[None, :] < counts[:, None]
    probabilities = _probability(value(np.concatenate([inserted, ~inserted])), class_index)
    share = counts / n_features
    insertion, deletion = probabilities[: len(counts)], probabilities[len(counts) :]
    return float(np.trapezoid(insertion, share)), float(np.trapezoid(deletion, share))


def _probability(logits: NDArray[np.float64], class_index: int) -> NDArray[np.float64]:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted[:, class_index] / shifted.sum(axis=1)
