"""Insertion and deletion: does the explained order of features move the model more than other orders do?

Others are orders that the explanation tells apart from its own; two parts with the same contribution may change
places without making another one. Of up to four parts all of them are asked, of more parts some drawn at random
and the reverse of each: inserting in one order asks what deleting in its reverse does, so that it costs nothing.
With 9 drawn, 9 reversed and the explained one reversed, an order at random is ahead of all once in 20 times.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.base import Faithfulness

__all__ = ["ALL_ORDERS", "DRAWN_ORDERS", "FEWEST_ORDERS", "check_evaluations", "insertion_deletion", "verdict_of"]

ALL_ORDERS = 4
"""Up to so many parts every other order is asked: they share their few coalitions, and cost no more for that."""

FEWEST_ORDERS = 5
"""Fewer others prove nothing: the best of all orders is the explained one by chance too often."""

DRAWN_ORDERS = (9, 5)
"""How many are drawn at random, beside their reverses: as a rule, and where time is short."""

_STEPS = 7
"""An odd number, so that counts of hidden parts are counts of shown parts too, whatever the number of parts."""
_DRAWS = 50
"""Of which those orders are taken; only where nearly all parts contribute the same are they too few."""

Answer = Callable[[NDArray[np.bool_]], NDArray[np.float64]]
"""Coalitions bool (B, F) to the model's answers float64 (B,)."""


def check_evaluations(n_features: int, drawn: int = DRAWN_ORDERS[0]) -> int:
    """Return the most evaluations that :func:`insertion_deletion` spends beyond the empty and full coalition."""
    if n_features <= ALL_ORDERS:
        return int(2**n_features) - 2 if n_features > 1 else 0
    return 2 * (min(_STEPS, n_features) - 1) * (drawn + 1)


def insertion_deletion(
    answer: Answer,
    contributions: NDArray[np.float64],
    *,
    seed: int = 0,
    baseline: str = "",
    drawn: int = DRAWN_ORDERS[0],
) -> Faithfulness:
    """Compare the order of ``contributions`` (F,) with other orders by insertion minus deletion.

    Parameters
    ----------
    answer
        What is followed: a probability, or a number in units of its deviation.
    baseline
        What hides a feature, in words.
    drawn
        How many orders of more than four features are drawn at random.
    """
    explained = np.argsort(-contributions, kind="stable")
    orders = [explained, *_others(contributions, explained, seed, drawn)]
    counts = _counts(len(contributions))
    masks = [_masks(order, counts) for order in orders]
    answers = np.split(answer(np.concatenate(masks)), len(orders))
    areas = [_areas(each, counts) for each in answers]
    gaps = tuple(insertion - deletion for insertion, deletion in areas[1:])
    insertion, deletion = areas[0]
    return Faithfulness(insertion, deletion, gaps, verdict_of(insertion - deletion, gaps), baseline)


def verdict_of(gap: float, random_gaps: tuple[float, ...]) -> str:
    """Return ``faithful`` above all other orders, ``weak`` above their mean or of few others, else ``failed``."""
    if len(random_gaps) < FEWEST_ORDERS:
        return "weak"
    if gap > max(random_gaps):
        return "faithful"
    return "weak" if gap > float(np.mean(random_gaps)) else "failed"


def _others(
    contributions: NDArray[np.float64], explained: NDArray[np.int64], seed: int, drawn: int
) -> list[NDArray[np.int64]]:
    """Return all orders that differ from the explained one, or those drawn, all reverses and its own reverse.

    Fewer where there are not as many.
    """
    own = contributions[explained]

    def differs(order: NDArray[np.int64]) -> bool:
        return not np.array_equal(contributions[order], own)

    if len(contributions) <= ALL_ORDERS:
        every = (np.array(order, dtype=np.int64) for order in permutations(range(len(contributions))))
        return [order for order in every if differs(order)]
    generator = np.random.default_rng(seed)
    random = (generator.permutation(len(contributions)) for _ in range(_DRAWS))
    kept = [order for order in random if differs(order) and differs(order[::-1])][:drawn]
    return [each for each in (*kept, *(order[::-1] for order in kept), explained[::-1]) if differs(each)]


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
