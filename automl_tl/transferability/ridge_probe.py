"""Leave-one-out accuracy of ridge regression to the one-hot labels, in closed form.

Allen: The Relationship between Variable Selection and Data Augmentation and a Method for Prediction. Technometrics
1974 (prediction sum of squares); Golub, Heath, Wahba: Generalized Cross-Validation as a Method for Choosing a Good
Ridge Parameter. Technometrics 1979, section 1 (ordinary cross-validation of ridge regression).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import labelled_features
from automl_tl.transferability.linear_probe import standardise

__all__ = ["RidgeProbe", "leave_one_out_by_penalty", "ridge_leave_one_out"]

_PENALTIES = 10.0 ** np.arange(-4.0, 1.5, 0.5)


class RidgeProbe(Scorer):
    """Share of examples whose class has the largest prediction of the ridge regression to all other examples.

    With ``H = 11'/N + F(F'F + kI)^-1 F'`` of the standardised embeddings, the prediction for i by the regression
    without i is ``y_i - (y_i - (Hy)_i)/(1 - H_ii)``: exact, with a free intercept and no refit. The penalty k
    is the one of 11, relative to the mean eigenvalue, with the least squared leave-one-out error.
    """

    name = "ridge_probe"
    summary = "leave-one-out accuracy of ridge regression on the embeddings"
    reference = "Allen, Technometrics 1974, PRESS; Golub et al., Technometrics 1979, sec. 1"
    is_accuracy = True
    judges = True
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the accuracy in [0, 1] with its binomial standard error."""
        data = labelled_features(sample)
        features = standardise(data.features)
        if not features.any():
            raise ScoreUnavailable("every example has the same embedding", field="features")
        targets = data.one_hot()
        coordinates, eigenvalues = _principal(features)
        unit = float(eigenvalues.sum()) / min(features.shape)
        tried = [_without_own(coordinates, eigenvalues, targets, each) for each in _PENALTIES[::-1] * unit]
        best = min(tried, key=lambda predicted: float(np.square(targets - predicted).sum()))
        right = (best.argmax(axis=1) == data.classes).astype(np.float64)
        return TransferScore(float(right.mean()), float(right.std() / math.sqrt(len(right))), right)


def ridge_leave_one_out(
    features: NDArray[np.float64], targets: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    """Return each example's prediction (N, C) by the ridge regression with intercept that never saw it.

    Parameters
    ----------
    features
        float64 (N, D).
    targets
        float64 (N, C).
    penalty
        k > 0, the weight of the squared coefficients next to the sum of squared errors.
    """
    return next(leave_one_out_by_penalty(features, targets, [penalty]))


def leave_one_out_by_penalty(
    features: NDArray[np.float64], targets: NDArray[np.float64], penalties: Iterable[float]
) -> Iterator[NDArray[np.float64]]:
    """Yield :func:`ridge_leave_one_out` for one penalty after the other; the features are decomposed once."""
    coordinates, eigenvalues = _principal(features - features.mean(axis=0))
    for penalty in penalties:
        yield _without_own(coordinates, eigenvalues, targets, penalty)


def _principal(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the examples in their principal axes (N, R) and the eigenvalues of ``F'F`` (R,)."""
    n, size = centred.shape
    if n < size:
        values, vectors = np.linalg.eigh(centred @ centred.T)
        values = np.maximum(values, 0.0)
        return vectors * np.sqrt(values), values
    values, vectors = np.linalg.eigh(centred.T @ centred)
    return centred @ vectors, np.maximum(values, 0.0)


def _without_own(
    coordinates: NDArray[np.float64],
    eigenvalues: NDArray[np.float64],
    targets: NDArray[np.float64],
    penalty: float,
) -> NDArray[np.float64]:
    n = len(targets)
    shrunk = coordinates / (eigenvalues + penalty)
    mean = targets.mean(axis=0)
    fitted = mean + shrunk @ (coordinates.T @ (targets - mean))
    leverage = 1.0 / n + np.einsum("ij,ij->i", shrunk, coordinates)
    remaining = np.maximum(1.0 - leverage, 1e-12)
    return np.asarray(targets - (targets - fitted) / remaining[:, None])


scorers.register(RidgeProbe.name, RidgeProbe())
