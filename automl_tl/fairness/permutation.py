"""Could a gap this large be chance? The permutation test of the largest difference between groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["gap_p_value"]


def gap_p_value(
    right: NDArray[np.int64], sizes: NDArray[np.int64], *, seed: int = 0, permutations: int = 9999
) -> float:
    """Return the p-value of max - min accuracy over groups when group membership does not matter.

    Shuffling group labels draws the right answers of each group from a multivariate hypergeometric law, so that
    all permutations are drawn at once. The p-value counts the observed table itself (Phipson & Smyth 2010,
    equation 2) and is therefore valid at any sample size. A bootstrap interval of max - min is not: it almost
    never contains 0 even when no gap exists.

    Parameters
    ----------
    right, sizes
        int64 (G,): right answers and rows of each group; every size is positive, G >= 2.
    """
    observed = np.ptp(right / sizes)
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(sizes, int(right.sum()), size=permutations)
    gaps = np.ptp(drawn / sizes, axis=1)
    return float((1 + (gaps >= observed - 1e-12).sum()) / (permutations + 1))
