"""Insertion and deletion: does the explained order of features move the model more than random orders do?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.base import Faithfulness

__all__ = ["check_evaluations", "insertion_deletion", "verdict_of"]

_STEPS = 8
_RANDOM_ORDERS = 5

Answer = Callable[[NDArray[np.bool_]], NDArray[np.float64]]
"""Coalitions bool (B, F) to the model's answers float64 (B,)."""


def check_evaluations(n_features: int) -> int:
    """Return the most evaluations that :func:`insertion_deletion` spends beyond the empty and full coalition."""
    inner = max(min(_STEPS, n_features) - 1, 0)
    return 2 * inner * (_RANDOM_ORDERS + 1)


def insertion_deletion(
    answer: Answer, contributions: NDArray[np.float64], *, seed: int = 0, baseline: str = ""
) -> Faithfulness:
    """Compare the order of ``contributions`` (F,) with random orders by insertion minus deletion.

    Parameters
    ----------
    answer
        What is followed: a probability, or a number in units of its deviation.
    baseline
        What hides a feature, in words.
    """
    generator = np.random.default_rng(seed)
    orders = [np.argsort(-contributions, kind="stable")]
    orders += [generator.permutation(len(contributions)) for _ in range(_RANDOM_ORDERS)]
    counts = _counts(len(contributions))
    masks = [_masks(order, counts) for order in orders]
    answers = np.split(answer(np.concatenate(masks)), len(orders))
    areas = [_areas(each, counts) for each in answers]
    gaps = tuple(insertion - deletion for insertion, deletion in areas[1:])
    insertion, deletion = areas[0]
    return Faithfulness(insertion, deletion, gaps, verdict_of(insertion - deletion, gaps), baseline)


def verdict_of(gap: float, random_gaps: tuple[float, ...]) -> str:
    """Return ``faithful`` above every random order, ``weak`` above their mean, else ``failed``."""
    if gap > max(random_gaps):
        return "faithful"
    return "weak" if gap > float(np.mean(random_gaps)) else "failed"


def _counts(n_features: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, n_features, min(_STEPS, n_features) + 1).round().astype(np.int64))


def _masks(order: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    inserted = rank[None, :] < counts[:, None]
    return np.concatenate([inserted, ~inserted])


def _areas(answers: NDArray[np.float64], counts: NDArray[np.int64]) -> tuple[float, float]:
    """Return the areas under the insertion and the deletion curve (trapezoid rule, share of features on x)."""
    share = counts / counts[-1]
    insertion, deletion = np.split(answers, 2)
    return float(np.trapezoid(insertion, share)), float(np.trapezoid(deletion, share))
