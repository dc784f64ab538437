"""What an untried configuration may reach: a Gaussian process over gains on the linear probe.

Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, algorithm 2.1; expected improvement is
Jones et al., "Efficient Global Optimization of Expensive Black-Box Functions", 1998, eq. 15. The kernel is a
sum: what fine-tuning adds everywhere, with a model, with a strategy, and with parameters near by. Its shape is
fixed, only its scale is taken from the results: a search here has tens of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import norm

from automl_tl.search.parzen import Observation
from automl_tl.search.space import Parameter, SearchSpace, Situation

__all__ = ["Surrogate"]

_EVERYWHERE, _MODEL, _STRATEGY, _NEAR, _NEAR_AND_MODEL = 0.15, 0.35, 0.1, 0.2, 0.2
_REACH = 0.3
"""Length scale, as a share of a range."""
_OTHER_CHOICE = 0.3
"""How far apart two choices of a categorical are, as a share of a range."""
_NOISE = 0.15
"""Variance of one result, as a share of the kernel's."""
_LEAST_SPREAD = 0.02
"""Standard deviation of gains, in units of the metric's usual size, below which results are not believed."""
_MOST = 80
"""Results that teach: the newest; a search rarely has more, and the time grows with the square."""


class Surrogate:
    """A posterior over the final merit of any configuration.

    Parameters
    ----------
    observations
        Those without a value are left out.
    probes
        Merit of each model's linear probe, which its gains are measured from.
    unit
        The usual size of the metric: 1 for a share, the size of the figures for an error in the target's unit.
    """

    def __init__(
        self,
        space: SearchSpace,
        situations: Mapping[str, Situation],
        observations: Sequence[Observation],
        probes: Mapping[str, float],
        *,
        unit: float = 1.0,
    ) -> None:
        self._space = space
        self._situations = situations
        finite = [value for value in probes.values() if math.isfinite(value)]
        self._unknown = float(np.median(finite)) if finite else 0.0
        self._probes = probes
        self._known = [each for each in observations if each.value is not None and each.model in situations][
            -_MOST:
        ]
        gains = np.array([(each.value or 0.0) - self._probe(each.model) for each in self._known])
        self._mean = float(np.median(gains)) if len(gains) else 0.0
        variance = float(np.mean((gains - self._mean) ** 2)) if len(gains) else 0.0
        self._variance = max(variance, (_LEAST_SPREAD * unit) ** 2)
        if len(gains):
            covariance = self._kernel(self._known, self._known) + _NOISE * np.eye(len(gains))
            self._factor = cho_factor(covariance, lower=True)
            self._weights = cho_solve(self._factor, gains - self._mean)

    def expected_improvement(self, candidates: Sequence[Observation], best: float) -> NDArray[np.float64]:
        """Return by how much each candidate is expected to beat ``best``, float64 (N,), at least 0."""
        mean, deviation = self.predict(candidates)
        z = (mean - best) / deviation
        return np.asarray(deviation * (z * norm.cdf(z) + norm.pdf(z)))

    def predict(self, candidates: Sequence[Observation]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and standard deviation of the candidates' merit, each float64 (N,)."""
        base = np.array([self._probe(each.model) for each in candidates]) + self._mean
        if not self._known:
            return base, np.full(len(candidates), math.sqrt(self._variance))
        cross = self._kernel(candidates, self._known)
        explained = np.einsum("ij,ji->i", cross, cho_solve(self._factor, cross.T))
        variance = self._variance * np.maximum(1.0 - explained, 1e-6)
        return base + cross @ self._weights, np.sqrt(variance)

    def _probe(self, model: str) -> float:
        value = self._probes.get(model, math.nan)
        return value if math.isfinite(value) else self._unknown

    def _kernel(self, left: Sequence[Observation], right: Sequence[Observation]) -> NDArray[np.float64]:
        """Return the likeness of each pair, float64 (N, M)."""
        same_model, same_strategy = (
            np.equal.outer([getattr(each, name) for each in left], [getattr(each, name) for each in right])
            for name in ("model", "strategy")
        )
        near = np.exp(-0.5 * self._distances(left, right) / _REACH**2)
        likeness = _EVERYWHERE + _MODEL * same_model + _STRATEGY * same_strategy
        return np.asarray(likeness + same_strategy * (_NEAR + _NEAR_AND_MODEL * same_model) * near)

    def _distances(self, left: Sequence[Observation], right: Sequence[Observation]) -> NDArray[np.float64]:
        """Return the summed squared differences of the parameters that both have, as shares of left's ranges.

        Pairs of different strategies have none.
        """
        found = np.zeros((len(left), len(right)))
        for rows in self._alike(left):
            strategy, entries = left[rows[0]].strategy, self._ranges(left[rows[0]])
            columns = [place for place, each in enumerate(right) if each.strategy == strategy]
            ours, theirs = [left[place] for place in rows], [right[place] for place in columns]
            squares = np.zeros((len(rows), len(columns)))
            for entry in entries:
                squares += _squares(entry, ours, theirs)
            found[np.ix_(rows, columns)] = squares
        return found

    def _alike(self, observations: Sequence[Observation]) -> list[list[int]]:
        """Return the places of observations that share strategy and ranges, as most models do."""
        places: dict[tuple[str | int, ...], list[int]] = {}
        for place, each in enumerate(observations):
            # A space has one object for each of its ranges, and to hash what they hold would take longer.
            places.setdefault((each.strategy, *map(id, self._ranges(each))), []).append(place)
        return list(places.values())

    def _ranges(self, each: Observation) -> tuple[Parameter, ...]:
        return self._space.strategy(each.strategy).active(self._situations[each.model])


def _squares(entry: Parameter, left: Sequence[Observation], right: Sequence[Observation]) -> NDArray[np.float64]:
    """Return the squared differences of one parameter, 0 where one of a pair does not have it."""
    a, b = ([each.parameters.get(entry.name) for each in side] for side in (left, right))
    if entry.kind == "categorical":
        squares = np.array([[0.0 if x == y else _OTHER_CHOICE**2 for y in b] for x in a])
    else:
        at = [np.array([math.nan if x is None else entry.position(x) for x in side]) for side in (a, b)]
        squares = np.nan_to_num((at[0][:, None] - at[1][None, :]) ** 2)
    known = np.outer([x is not None for x in a], [y is not None for y in b])
    return np.asarray(np.where(known, squares.reshape(known.shape), 0.0))
