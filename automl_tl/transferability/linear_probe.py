"""Leave-one-out accuracy of a ridge classifier on the embeddings, in closed form.

Rifkin, Yeo, Poggio: Regularized least-squares classification. 2003; the leave-one-out residual is Allen's
PRESS formula (Technometrics 1974): ``e_i = (y_i - yhat_i) / (1 - h_ii)``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import labelled_features

__all__ = ["LinearProbe", "leave_one_out_predictions", "standardise"]

_PENALTIES = 10.0 ** np.arange(-4.0, 3.5, 0.5)


class LinearProbe(Scorer):
    """Share of examples that a linear classifier trained on all the others gets right.

    Ridge regression of the one-hot labels on standardised embeddings with an unpenalised intercept. With the
    eigenpairs (s_j, u_j) of the centred XX', ``H = 11'/N + sum_j u_j u_j' s_j/(s_j + p)`` and the prediction
    for i without i is ``y_i - (y_i - (Hy)_i)/(1 - H_ii)``: exact, with no refit. The penalty p is the one of
    15 relative to the mean eigenvalue that gives the least leave-one-out squared error.
    """

    name = "linear_probe"
    summary = "leave-one-out accuracy of a linear classifier on the embeddings"
    reference = "Rifkin et al. 2003; Allen 1974 (PRESS)"
    is_accuracy = True
    weight = 3.0

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the accuracy in [0, 1] with its binomial standard error."""
        data = labelled_features(sample)
        predictions = leave_one_out_predictions(standardise(data.features), data.one_hot())
        right = (predictions.argmax(axis=1) == data.classes).astype(np.float64)
        return TransferScore(float(right.mean()), float(right.std() / math.sqrt(len(right))), right)


def standardise(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each column centred and divided by its standard deviation; constant columns become zero."""
    centred = features - features.mean(axis=0)
    spread = centred.std(axis=0)
    noise = 1e-12 * np.abs(features).max(axis=0)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > noise)


def leave_one_out_predictions(
    features: NDArray[np.float64], targets: NDArray[np.float64], penalty: float | None = None
) -> NDArray[np.float64]:
    """Return the prediction (N, C) for every example by the ridge regression that never saw it.

    Parameters
    ----------
    features
        float64 (N, D) with columns of mean zero.
    targets
        float64 (N, C).
    penalty
        Ridge penalty on ``|w|^2``; None chooses it by leave-one-out squared error.
    """
    left, eigenvalues = _left_eigenpairs(features)
    projections = left.T @ targets
    squares = np.square(left)
    mean = targets.mean(axis=0)
    penalties = [penalty] if penalty is not None else _PENALTIES * max(eigenvalues.mean(), 1e-300)
    best, best_error = targets, math.inf
    for candidate in penalties:
        shrink = eigenvalues / (eigenvalues + candidate)
        fitted = left @ (shrink[:, None] * projections) + mean
        leverage = squares @ shrink + 1.0 / len(targets)
        # A leverage of one leaves nothing to predict from; the bound only guards the division.
        residuals = (targets - fitted) / np.maximum(1.0 - leverage, 1e-12)[:, None]
        error = float(np.square(residuals).sum())
        if error < best_error:
            best, best_error = targets - residuals, error
    return best


def _left_eigenpairs(features: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (u, s) of XX', computed from the smaller Gram matrix; zero directions are dropped."""
    n, d = features.shape
    if n <= d:
        values, left = np.linalg.eigh(features @ features.T)
        kept = values > n * d * np.finfo(np.float64).eps * max(values[-1], 0.0)
        left, values = left[:, kept], values[kept]
    else:
        values, right = np.linalg.eigh(features.T @ features)
        kept = values > n * d * np.finfo(np.float64).eps * max(values[-1], 0.0)
        values = values[kept]
        left = features @ (right[:, kept] / np.sqrt(values))
    if not len(values):
        return np.zeros((n, 1)), np.ones(1)
    return left, values


scorers.register(LinearProbe.name, LinearProbe())
