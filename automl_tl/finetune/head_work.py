"""How much work a linear head is worth where rows, dimensions and outputs are many, so that it ends in seconds.

The limits are counts, not seconds: the same rows give the same head on any machine, at any time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST_ITERATIONS", "MOST_ITERATIONS", "affordable_iterations", "is_quick", "rows_for_choice"]

MOST_ITERATIONS = 200
FEWEST_ITERATIONS = 15
"""After these, accuracy is at most a point lower and log loss at most 5 % higher than in the end: six data sets,
60 and 240 rows, C = 0.1; 6,400 rows of banking77 lose 0.3 points and 2 %."""
_FEW_ROWS = 2000
"""Up to so many, every head is solved to its end, and C is chosen on all of them."""
_WORK = 1e10
"""Multiplications of rows by weights in one fit: about 2.5 seconds on one thread."""
_CHOICE_WORK = 2e7
"""The same in one iteration of one of the dozen fits that a choice takes."""
_LEAST_OF_A_CLASS = 2
"""One to fit and one to hold out."""


def affordable_iterations(rows: int, width: int, outputs: int) -> int:
    """Return how many iterations the fit of (outputs, width) weights to so many rows may take, 15 to 200."""
    if rows <= _FEW_ROWS:
        return MOST_ITERATIONS
    affordable = int(_WORK / (rows * min(rows, width) * max(outputs, 1)))
    return min(max(affordable, FEWEST_ITERATIONS), MOST_ITERATIONS)


def is_quick(rows: int, width: int, outputs: int) -> bool:
    """Return whether such a fit ends in seconds even if it takes all its iterations."""
    return rows * min(rows, width) * outputs * affordable_iterations(rows, width, outputs) <= _WORK


def rows_for_choice(strata: NDArray[np.int64], width: int, outputs: int, *, seed: int) -> NDArray[np.int64]:
    """Return the places, ascending, of the rows on which C is chosen: all, or a seeded sample of every stratum.

    At least 2,000 rows if there are so many. C weighs the sum of losses against the penalty, which says how large
    weights are expected to be; that is a property of the embeddings and not of the number of rows.

    Parameters
    ----------
    strata
        The class of each row, or what stands for it, int64 (N,). Of each, two rows at least are taken.
    """
    enough = max(_FEW_ROWS, int(_CHOICE_WORK / (width * max(outputs, 1))))
    if len(strata) <= enough:
        return np.arange(len(strata))
    shuffled = np.random.default_rng(seed).permutation(len(strata))
    by_stratum = shuffled[np.argsort(strata[shuffled], kind="stable")]
    _, starts, counts = np.unique(strata[by_stratum], return_index=True, return_counts=True)
    place = np.arange(len(strata)) - np.repeat(starts, counts)
    wanted = np.maximum(np.ceil(counts * (enough / len(strata))), _LEAST_OF_A_CLASS)
    return np.sort(by_stratum[place < np.repeat(wanted, counts)])
