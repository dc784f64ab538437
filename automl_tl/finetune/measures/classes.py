"""Measures of single-label classification.

Every function takes labels int64 (N,), probabilities float64 (N, C) and weights float64 (R, N), which say how
often each example was drawn, and returns one value per row of weights, float64 (R,), NaN where it is not defined.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.measures import weighted

__all__ = [
    "accuracy",
    "auroc",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "log_loss",
    "macro_f1",
]

_Labels = NDArray[np.int64]
_Floats = NDArray[np.float64]

_SMALLEST_PROBABILITY = 1e-7


def accuracy(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the share of examples whose most probable class is right."""
    right = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    return weights @ right / weights.sum(axis=1)


def balanced_accuracy(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the mean over the classes present of the share of their examples that are right."""
    n_classes = probabilities.shape[1]
    hits = weighted.sum_by_class(weights * (probabilities.argmax(axis=1) == labels), labels, n_classes)
    support = weighted.sum_by_class(weights, labels, n_classes)
    return weighted.mean_where(hits / np.where(support > 0, support, 1.0), support > 0)


def macro_f1(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the mean F1 of the classes that are true or predicted anywhere."""
    n_classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    hits = weighted.sum_by_class(weights * (predicted == labels), labels, n_classes)
    mass = weighted.sum_by_class(weights, labels, n_classes) + weighted.sum_by_class(weights, predicted, n_classes)
    return weighted.mean_where(2 * hits / np.where(mass > 0, mass, 1.0), mass > 0)


def log_loss(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the mean negative log probability of the right class, in nats."""
    own = probabilities[np.arange(len(labels)), labels] / probabilities.sum(axis=1)
    return weights @ -np.log(np.clip(own, _SMALLEST_PROBABILITY, 1.0)) / weights.sum(axis=1)


def brier(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the mean squared distance, in [0, 2], of the probabilities from certainty of the right class.

    Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 1950, equation (2).
    """
    shares = probabilities / probabilities.sum(axis=1, keepdims=True)
    own = shares[np.arange(len(labels)), labels]
    return weights @ (np.square(shares).sum(axis=1) - 2 * own + 1) / weights.sum(axis=1)


def auroc(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the area under the ROC curve, one class against the rest, mean over the classes present."""
    return _one_against_rest(weighted.area_under_curve, labels, probabilities, weights)


def average_precision(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the average precision, one class against the rest, mean over the classes present."""
    return _one_against_rest(weighted.average_precision, labels, probabilities, weights)


def _one_against_rest(
    measure: Callable[[_Floats, NDArray[np.bool_], _Floats], _Floats],
    labels: _Labels,
    probabilities: _Floats,
    weights: _Floats,
) -> _Floats:
    present = np.unique(labels)
    values = np.stack([measure(probabilities[:, c], labels == c, weights) for c in present], axis=1)
    return weighted.mean_where(np.nan_to_num(values), ~np.isnan(values))
