"""Measures of regression.

Every function takes numbers float64 (N,), predictions float64 (N, 1) and weights float64 (R, N), and returns
float64 (R,), NaN where it is not defined.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.measures import weighted

__all__ = ["mae", "r2", "rmse", "spearman"]

_Floats = NDArray[np.float64]


def mae(numbers: _Floats, predicted: _Floats, weights: _Floats) -> _Floats:
    """Return the mean absolute error, in the target's unit."""
    return weights @ np.abs(numbers - predicted[:, 0]) / weights.sum(axis=1)


def rmse(numbers: _Floats, predicted: _Floats, weights: _Floats) -> _Floats:
    """Return the root of the mean squared error, in the target's unit."""
    return np.sqrt(weights @ np.square(numbers - predicted[:, 0]) / weights.sum(axis=1))


def r2(numbers: _Floats, predicted: _Floats, weights: _Floats) -> _Floats:
    """Return the share of the variance that is explained: 1 is perfect, 0 as good as the mean, below 0 worse."""
    return weighted.share_explained(numbers, predicted[:, 0], weights)


def spearman(numbers: _Floats, predicted: _Floats, weights: _Floats) -> _Floats:
    """Return the correlation of ranks, in [-1, 1]; 0 where all predictions are equal.

    Such a model orders nothing, and a figure that is not defined would hide that.
    """
    true, told = weighted.ranks(numbers, weights), weighted.ranks(predicted[:, 0], weights)
    found = weighted.weighted_correlation(true, told, weights)
    constant = np.isnan(found) & ~np.isnan(weighted.weighted_correlation(true, true, weights))
    return np.where(constant, 0.0, found)
