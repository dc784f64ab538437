"""What a sampler is: it asks for coalitions round by round and can say at any time what it knows, and how well."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Estimate",
    "Sampler",
    "expected_correlation",
    "rank_correlation",
    "rank_correlations",
    "with_contrast",
    "worst_stability",
]


_DIGITS = 6
_NEGLIGIBLE = 1e-3
"""Of the largest value: what is smaller than that throughout has no order that anybody would read."""


@dataclass(frozen=True)
class Estimate:
    """Shapley values (F, K), their standard errors (F, K), and how alike another seed's would be.

    ``errors`` are 0 only if exact, and as wide as few rounds ask. ``stability`` is the expected rank correlation
    of the values with those of another seed at the same cost, the worst of all outputs and of why the first and
    not the second; NaN where one round only was made, 1 if exact.
    """

    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    stability: float


class Sampler(ABC):
    """Estimates the Shapley values of one game with F features and K outputs.

    Attributes
    ----------
    name
        Of the method, in words.
    """

    name: str

    def __init__(self, n_features: int, ends: NDArray[np.float64]) -> None:
        """Take the outputs (2, K) with everything hidden and with everything shown."""
        self.n_features = n_features
        self.ends = ends

    @abstractmethod
    def ask(self) -> NDArray[np.bool_] | None:
        """Return the coalitions (B, F) of the next round, None when the budget is used up."""

    @abstractmethod
    def tell(self, values: NDArray[np.float64]) -> None:
        """Take the outputs (B, K) of the round that was asked for last."""

    @abstractmethod
    def estimate(self) -> Estimate | None:
        """Return what is known so far, None before there is an estimate of every feature."""


def with_contrast(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values (F, K) with a last column for why the first output and not the second; K = 1 as it is."""
    return values if values.shape[1] < 2 else np.column_stack([values, values[:, 0] - values[:, 1]])


def worst_stability(values: NDArray[np.float64], stabilities: Sequence[float]) -> float:
    """Return the least of the ``stabilities`` of these columns (F, K), leaving out later ones that hardly count.

    NaN where the first column has none: that is the answer that was asked about.
    """
    if not stabilities or math.isnan(stabilities[0]):
        return math.nan
    sizes = np.abs(values).max(axis=0, initial=0.0)
    counts = sizes >= _NEGLIGIBLE * sizes.max()
    counts[0] = True
    return min(each for each, there in zip(stabilities, counts, strict=True) if there and not math.isnan(each))


def rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return Spearman's correlation of two vectors, ties at their mean rank; NaN if one of them is constant.

    Values that differ by less than a millionth of the largest are ties: rounding must not decide about ranks.
    """
    return float(rank_correlations(one, other[None])[0])


def rank_correlations(one: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the same (R,) of one vector (F,) with each of several (R, F)."""
    from scipy.stats import rankdata

    rows = np.concatenate([one[None], others])
    largest = np.max(np.abs(rows), axis=1, keepdims=True, initial=0.0)
    ranks = rankdata(np.round(rows / np.where(largest, largest, 1.0), _DIGITS), axis=1)
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1))
    with np.errstate(invalid="ignore"):
        return np.asarray((centred[1:] @ centred[0]) / (lengths[1:] * lengths[0]))


def expected_correlation(halves: float) -> float:
    """Return what two wholes correlate by if two halves correlate by ``halves`` (Spearman-Brown formula)."""
    return 2 * halves / (1 + halves) if halves > -1 else halves
