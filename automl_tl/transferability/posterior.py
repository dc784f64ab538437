"""What all evidence together says of the models' standing: one Gaussian posterior, and decisions from it.

The standing of a model is the log-odds of its accuracy after fine-tuning. Each kind of evidence is an observation
of it with its own errors; evidence that knows only differences between models (a published figure on other data,
say) gets a free level of its own. Standing and free levels have flat priors, so this is generalised least squares
(Rasmussen & Williams, Gaussian Processes for Machine Learning, MIT Press 2006, section 2.7, eq. (2.41)-(2.42)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Evidence", "Posterior", "posterior", "shifts"]

_DRAWS = 4000
_JITTER = 1e-9


@dataclass(frozen=True)
class Evidence:
    """One kind of evidence about M models.

    Attributes
    ----------
    values
        Log-odds (M,), NaN for a model that it says nothing of.
    covariance
        Of the errors (M, M); rows and columns of models without a value are not looked at.
    level_known
        Whether the values mean the standing itself and not only differences between models.
    """

    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    level_known: bool = False


@dataclass(frozen=True)
class Posterior:
    """Standing of M models: mean (M,) and covariance (M, M) in log-odds."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the bounds (M,) of the central 95 % of each model's standing."""
        reach = 1.959964 * np.sqrt(np.diag(self.covariance))
        return self.mean - reach, self.mean + reach

    def draws(self, seed: int, count: int = _DRAWS) -> NDArray[np.float64]:
        """Return standings (count, M) drawn from the posterior in antithetic pairs; ``count`` is even."""
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        noise = np.random.default_rng(seed).standard_normal((count // 2, len(values)))
        return self.mean + np.concatenate([noise, -noise]) @ root.T


def posterior(evidence: Sequence[Evidence]) -> Posterior:
    """Combine evidence; the first kind must know the level and speak of every model.

    A model whose values are missing in the other kinds is judged by the first alone.
    """
    first = evidence[0]
    precision = np.linalg.inv(_regular(first.covariance))
    weighted = precision @ first.values
    for other in evidence[1:]:
        information, values = _information(other)
        precision += information
        weighted += information @ values
    covariance = np.linalg.inv(precision)
    return Posterior(covariance @ weighted, (covariance + covariance.T) / 2)


def shifts(evidence: Sequence[Evidence], believed: Posterior) -> list[NDArray[np.float64]]:
    """Return by how much each further kind of evidence moved the means (M,) away from the first kind's values.

    The posterior's mean is the first kind's values plus these shifts, exactly: with the first kind's precision P
    and the others' P_k, ``(P + sum P_k) mean = P v + sum P_k v_k`` gives ``mean - v = C sum P_k (v_k - v)``.
    """
    moved = []
    for other in evidence[1:]:
        information, values = _information(other)
        moved.append(believed.covariance @ (information @ (values - evidence[0].values)))
    return moved


def _information(evidence: Evidence) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the precision (M, M), 0 for models that the evidence says nothing of, and values with 0 for these."""
    known = np.flatnonzero(np.isfinite(evidence.values))
    whole = np.zeros_like(evidence.covariance)
    if len(known):
        inverse = np.linalg.inv(_regular(evidence.covariance[np.ix_(known, known)]))
        if not evidence.level_known:
            # A flat prior on the level takes the component along (1, ..., 1) out.
            column = inverse.sum(axis=1)
            inverse = inverse - np.outer(column, column) / column.sum()
        whole[np.ix_(known, known)] = inverse
    return whole, np.nan_to_num(evidence.values, nan=0.0)


def _regular(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    scale = max(float(np.diag(covariance).max(initial=0.0)), _JITTER)
    return covariance + _JITTER * scale * np.eye(len(covariance))
