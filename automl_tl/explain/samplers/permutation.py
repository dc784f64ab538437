"""Antithetic permutation sampling: every feature's gain on the way from nothing to everything, and back.

Mitchell, Cooper, Frank, Holmes, "Sampling Permutations for Shapley Value Estimation", JMLR 23, 2022, section 3.2.
One pair is exact for games with interactions of at most two features, and every pair adds up exactly. Two pairs,
which is what a picture usually gets, say next to nothing about one feature's variance: errors borrow from others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.samplers.base import (
    Estimate,
    Sampler,
    expected_correlation,
    rank_correlation,
    with_contrast,
    worst_stability,
)

__all__ = ["Permutation", "pair_evaluations"]

_BORROWED = 4.0
"""Degrees of freedom of the mean variance over features. Measured on 49 features of games with interactions of
three and of small networks: 1.96 errors then hold 94 to 98 % of the true values at 2, 4, 8 and 20 pairs; without,
two pairs hold 56 to 70 % of them where all features interact."""
_COVERED = 0.975


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
        errors = np.maximum(_moderated_errors(pairs), _last_digit(self.ends))
        return Estimate(values, errors, _stability(values, pairs))


def _moderated_errors(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return standard errors (F, K) of the mean of pairs (P, F, K), as wide as the degrees of freedom ask.

    Each feature's variance is drawn towards the mean over features, the less the more pairs there are (Smyth,
    Statistical Applications in Genetics and Molecular Biology 3, 2004, section 4). By how much is not estimated as
    there: interactions of a few features make variances so uneven that next to nothing would be borrowed.
    """
    from scipy.stats import norm, t

    degrees = len(pairs) - 1
    own = pairs.var(axis=0, ddof=1)
    moderated = (_BORROWED * own.mean(axis=0) + degrees * own) / (_BORROWED + degrees)
    widened = t.ppf(_COVERED, _BORROWED + degrees) / norm.ppf(_COVERED)
    return np.asarray(widened * np.sqrt(moderated / len(pairs)))


def _last_digit(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the last float32 digit (K,) of the outputs: where pairs agree, an error of 0 would say exact."""
    return np.spacing(np.abs(ends).max(axis=0).astype(np.float32)).astype(np.float64)


def _stability(values: NDArray[np.float64], pairs: NDArray[np.float64]) -> float:
    """Return the worst rank correlation to expect of another seed's values, told from two halves of the pairs."""
    one, other = (with_contrast(half.mean(axis=0)) for half in (pairs[::2], pairs[1::2]))
    halves = [rank_correlation(*columns) for columns in zip(one.T, other.T, strict=True)]
    return worst_stability(with_contrast(values), [expected_correlation(each) for each in halves])
