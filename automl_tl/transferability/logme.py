"""LogME: how probable the labels are under a linear model on the embeddings, all weights integrated out.

You, Liu, Wang, Long: LogME: Practical Assessment of Pre-trained Models for Transfer Learning. ICML 2021,
https://arxiv.org/abs/2102.11005, equations (1) and (2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import labelled_features

__all__ = ["LogMe", "log_evidence"]

_NOISE_FLOOR = 1e-10
_GRID_DECADES = 8.0
_GRID_POINTS = 96
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


class LogMe(Scorer):
    """Maximum log evidence per example, averaged over the one-hot columns of the labels.

    For one column y, features F (N x D), weight precision a and noise precision b, equation (2) is
    ``ln p(y|F) = D/2 ln a + N/2 ln b - 1/2 ln|aI + bF'F| - b/2 |y - Fm|^2 - a/2 |m|^2 - N/2 ln 2 pi``.
    With ``t = a/b`` and the eigenpairs (s_i, u_i) of FF' the best b is ``N / M(t)`` where
    ``M(t) = sum_i (u_i'y)^2 t/(s_i + t) + |y|^2 - sum_i (u_i'y)^2``, which leaves one dimension:
    ``L(t) = -N/2 (ln(2 pi M(t)/N) + 1) - 1/2 sum_i ln(1 + s_i/t)``.
    That form is exact for any N and D, N < D included, and does not change when the features are scaled.
    """

    name = "logme"
    summary = "log evidence of the labels under a Bayesian linear model on the embeddings"
    reference = "You et al., ICML 2021, eq. 2 (exact also for N < D)"
    weight = 1.0

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the mean log evidence per example in nats.

        The standard error is that of the per-example terms at the optimum (delta method: the evidence is
        stationary in a, b and m there).
        """
        data = labelled_features(sample)
        targets = data.one_hot()
        evidence = log_evidence(data.features, targets)
        n = len(targets)
        value = float(evidence.log_evidence.mean() / n)
        terms = evidence.pointwise.mean(axis=1)
        contributions = value + (terms - terms.mean())
        return TransferScore(value, float(terms.std(ddof=1) / math.sqrt(n)) if n > 1 else math.nan, contributions)


@dataclass(frozen=True)
class Evidence:
    """The maximum log evidence of each column (C,), its ratio a/b (C,), and -b/2 (y - Fm)^2 terms (N, C)."""

    log_evidence: NDArray[np.float64]
    ratio: NDArray[np.float64]
    pointwise: NDArray[np.float64]


def log_evidence(features: NDArray[np.float64], targets: NDArray[np.float64]) -> Evidence:
    """Return the maximum log evidence of every target column.

    Parameters
    ----------
    features
        float64 (N, D).
    targets
        float64 (N, C); no column is all zero.
    """
    left, eigenvalues = _left_eigenpairs(features)
    projections = left.T @ targets
    energy = np.square(projections)
    total = np.square(targets).sum(axis=0)
    # A column inside the span of too few directions has evidence without bound; the floor is relative to |y|^2.
    residual = np.maximum(total - energy.sum(axis=0), _NOISE_FLOOR * total)
    log_ratio = _maximise(eigenvalues, energy, residual, len(features))
    best = _profile(log_ratio, eigenvalues, energy, residual, len(features))
    without_features = (
        -0.5 * len(features) * (np.log(2 * np.pi * (energy.sum(axis=0) + residual) / len(features)) + 1)
    )
    ratio = np.where(best >= without_features, np.exp(log_ratio), np.inf)
    shrink = eigenvalues[:, None] / (eigenvalues[:, None] + ratio[None, :])
    errors = targets - left @ (shrink * projections)
    noise_precision = len(features) / _misfit(ratio, eigenvalues, energy, residual)
    return Evidence(np.maximum(best, without_features), ratio, -0.5 * noise_precision * np.square(errors))


def _left_eigenpairs(features: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (u, s) of FF' without the directions that are rounding noise."""
    left, singular, _ = np.linalg.svd(features, full_matrices=False)
    kept = singular > max(features.shape) * np.finfo(np.float64).eps * singular[0]
    return left[:, kept], np.square(singular[kept])


def _misfit(
    ratio: NDArray[np.float64],
    eigenvalues: NDArray[np.float64],
    energy: NDArray[np.float64],
    residual: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return M(t) per column; 1/(1 + s/t) also holds for t = infinity."""
    return (energy / (1.0 + eigenvalues[:, None] / ratio[None, :])).sum(axis=0) + residual


def _profile(
    log_ratio: NDArray[np.float64],
    eigenvalues: NDArray[np.float64],
    energy: NDArray[np.float64],
    residual: NDArray[np.float64],
    n: int,
) -> NDArray[np.float64]:
    """Return L(t) of each column at its own t = exp(log_ratio)."""
    ratio = np.exp(log_ratio)
    misfit = _misfit(ratio, eigenvalues, energy, residual)
    volume = np.log1p(eigenvalues[:, None] / ratio[None, :]).sum(axis=0)
    return -0.5 * n * (np.log(2 * np.pi * misfit / n) + 1) - 0.5 * volume


def _maximise(
    eigenvalues: NDArray[np.float64], energy: NDArray[np.float64], residual: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Return the best ln t of each column: a grid finds the hill, golden sections its top."""
    n_columns = energy.shape[1]
    if not len(eigenvalues):
        return np.zeros(n_columns)
    reach = _GRID_DECADES * math.log(10.0)
    grid = np.linspace(math.log(eigenvalues.min()) - reach, math.log(eigenvalues.max()) + reach, _GRID_POINTS)
    heights = np.stack([_profile(np.full(n_columns, point), eigenvalues, energy, residual, n) for point in grid])
    best = heights.argmax(axis=0)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, _GRID_POINTS - 1)]
    for _ in range(48):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        uphill = _profile(left, eigenvalues, energy, residual, n) < _profile(
            right, eigenvalues, energy, residual, n
        )
        low, high = np.where(uphill, left, low), np.where(uphill, high, right)
    return (low + high) / 2


scorers.register(LogMe.name, LogMe())
