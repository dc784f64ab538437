"""Antithetic permutation sampling: every feature's gain on the way from nothing to everything, and back.

Mitchell, Cooper, Frank, Holmes, "Sampling Permutations for Shapley Value Estimation", JMLR 23, 2022, section 3.2.
One pair is exact for games with interactions of at most two features, and every pair adds up exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.samplers.base import Estimate, Sampler, expected_correlation, rank_correlation

__all__ = ["Permutation", "pair_evaluations"]


def pair_evaluations(n_features: int) -> int:
    """Return what one antithetic pair costs beside the two ends."""
    return 2 * (n_features - 1)


class Permutation(Sampler):
    """Pairs of a random order of the features and its reverse, until ``max_evals`` (ends included) are spent.

    What is left after the last whole pair is not spent; at least one pair is always made.
    """

    name = "antithetic permutations"

    def __init__(self, n_features: int, ends: NDArray[np.float64], *, max_evals: int, seed: int) -> None:
        super().__init__(n_features, ends)
        self._generator = np.random.default_rng(seed)
        self._pairs_left = max(1, (max_evals - 2) // max(pair_evaluations(n_features), 1))
        self._order = np.zeros(0, dtype=np.int64)
        self._pairs: list[NDArray[np.float64]] = []

    def ask(self) -> NDArray[np.bool_] | None:
        """Return the coalitions of one more pair."""
        if not self._pairs_left:
            return None
        self._pairs_left -= 1
        self._order = self._generator.permutation(self.n_features)
        rank = np.empty(self.n_features, dtype=np.int64)
        rank[self._order] = np.arange(self.n_features)
        steps = np.arange(1, self.n_features)[:, None]
        return np.concatenate([rank < steps, rank >= steps])

    def tell(self, values: NDArray[np.float64]) -> None:
        """Take their outputs."""
        there, back = np.split(values, 2)
        empty, full = self.ends
        up = np.diff(np.concatenate([empty[None], there, full[None]]), axis=0)
        down = -np.diff(np.concatenate([full[None], back, empty[None]]), axis=0)
        gains = np.empty_like(up)
        gains[self._order] = (up + down) / 2
        self._pairs.append(gains)

    def estimate(self) -> Estimate | None:
        """Return the mean of the pairs; errors need two of them."""
        if not self._pairs:
            return None
        pairs = np.stack(self._pairs)
        values = pairs.mean(axis=0)
        if len(pairs) == 1:
            return Estimate(values, np.full_like(values, np.nan), float("nan"))
        errors = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))
        halves = rank_correlation(pairs[::2].mean(axis=0)[:, 0], pairs[1::2].mean(axis=0)[:, 0])
        return Estimate(values, errors, expected_correlation(halves))
