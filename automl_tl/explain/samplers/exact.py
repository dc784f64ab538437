"""Shapley values from all coalitions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from automl_tl.explain.samplers.base import Estimate, Sampler

__all__ = ["EXACT_LIMIT", "Exact", "shapley_of_table"]

EXACT_LIMIT = 10
"""With more features than this the 2^F coalitions are not enumerated."""


class Exact(Sampler):
    """All 2^F coalitions in one round (Shapley 1953; Lundberg & Lee 2017, equation 4)."""

    name = "exact"

    def __init__(self, n_features: int, ends: NDArray[np.float64]) -> None:
        super().__init__(n_features, ends)
        self._table: NDArray[np.float64] | None = None
        self._asked = False

    def ask(self) -> NDArray[np.bool_] | None:
        """Return all coalitions, once."""
        if self._asked:
            return None
        self._asked = True
        numbers = np.arange(2**self.n_features)
        return (numbers[:, None] >> np.arange(self.n_features)) % 2 == 1

    def tell(self, values: NDArray[np.float64]) -> None:
        """Take their outputs."""
        self._table = values

    def estimate(self) -> Estimate | None:
        """Return the values, without error."""
        if self._table is None:
            return None
        values = shapley_of_table(self._table, self.n_features)
        return Estimate(values, np.zeros_like(values), 1.0)


def shapley_of_table(table: NDArray[np.float64], n_features: int) -> NDArray[np.float64]:
    """Return Shapley values (F, K) of outputs (2^F, K); row number = sum of 2^i over features i that are shown."""
    sizes = np.array([bin(number).count("1") for number in range(2**n_features)])
    rows = []
    for feature in range(n_features):
        without = np.flatnonzero((np.arange(2**n_features) >> feature) % 2 == 0)
        weight = np.array([1 / (n_features * math.comb(n_features - 1, int(size))) for size in sizes[without]])
        rows.append(weight @ (table[without + 2**feature] - table[without]))
    return np.array(rows).reshape(n_features, table.shape[1])
