"""Which models to average the answers of: greedy selection of few members, the best first.

Caruana, Niculescu-Mizil, Crew, Ksikes, Ensemble Selection from Libraries of Models, ICML 2004, section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.metrics import all_metrics

__all__ = ["MOST_MEMBERS", "mean_probabilities", "select_members"]

MOST_MEMBERS = 3
"""Every member costs its whole forward pass at each prediction."""

Improves = Callable[[Mapping[str, float], Mapping[str, float]], bool]


def select_members(
    probabilities: Sequence[NDArray[np.floating]],
    labels: NDArray[np.int64],
    improves: Improves,
    *,
    most: int = MOST_MEMBERS,
) -> tuple[int, ...]:
    """Return the positions of the members; the first model always belongs, another as long as the mean improves.

    Parameters
    ----------
    probabilities
        One array (N, C) per model on the same held-out examples.
    improves
        Whether the first figures (metric values by name) are better than the second.
    most
        How many members there may be, >= 1.
    """
    chosen = [0]
    best: Mapping[str, float] = all_metrics(labels, probabilities[0])
    while len(chosen) < most:
        candidates = {
            position: all_metrics(labels, mean_probabilities([probabilities[i] for i in (*chosen, position)]))
            for position in range(len(probabilities))
            if position not in chosen
        }
        winner = _best(candidates, improves)
        if winner is None or not improves(candidates[winner], best):
            break
        chosen.append(winner)
        best = candidates[winner]
    return tuple(chosen)


def mean_probabilities(
    probabilities: Sequence[NDArray[np.floating]], parts: Sequence[float] = ()
) -> NDArray[np.float64]:
    """Return the mean float64 (N, C) of arrays of one shape; ``parts`` are its weights, () means equal ones."""
    stacked = np.stack([np.asarray(each, dtype=np.float64) for each in probabilities])
    return np.asarray(np.average(stacked, axis=0, weights=parts or None))


def _best(candidates: Mapping[int, Mapping[str, float]], improves: Improves) -> int | None:
    winner: int | None = None
    for position, figures in candidates.items():
        if winner is None or improves(figures, candidates[winner]):
            winner = position
    return winner
