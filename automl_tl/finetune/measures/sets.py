"""Measures of multi-label classification.

Every function takes labels int64 (N, L) of 0 and 1, probabilities float64 (N, L) and weights float64 (R, N), and
returns float64 (R,), NaN where it is not defined. A label is decided for at a probability of 0.5 or more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.measures import weighted

__all__ = [
    "auroc",
    "brier",
    "hamming_loss",
    "log_loss",
    "macro_f1",
    "mean_average_precision",
    "micro_f1",
    "subset_accuracy",
]

_Labels = NDArray[np.int64]
_Floats = NDArray[np.float64]

_DECIDED = 0.5
_SMALLEST_PROBABILITY = 1e-7


def subset_accuracy(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the share of examples all of whose labels are right."""
    right = ((probabilities >= _DECIDED) == (labels == 1)).all(axis=1)
    return _mean(right, weights)


def hamming_loss(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the share of single decisions that are wrong."""
    wrong = ((probabilities >= _DECIDED) != (labels == 1)).mean(axis=1)
    return _mean(wrong, weights)


def micro_f1(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the F1 of all decisions together; NaN where no label is true or predicted."""
    hits, mass = _hits_and_mass(labels, probabilities, weights)
    total = mass.sum(axis=1)
    return np.where(total > 0, 2 * hits.sum(axis=1) / np.where(total > 0, total, 1.0), np.nan)


def macro_f1(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the mean F1 of the labels that are true or predicted anywhere."""
    hits, mass = _hits_and_mass(labels, probabilities, weights)
    return weighted.mean_where(2 * hits / np.where(mass > 0, mass, 1.0), mass > 0)


def mean_average_precision(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the average precision of each label, mean over those that occur."""
    values = [
        weighted.average_precision(probabilities[:, place], labels[:, place] == 1, weights)
        for place in range(labels.shape[1])
    ]
    return _mean_of_known(values)


def auroc(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the area under each label's ROC curve, mean over those that some examples have and some lack."""
    values = [
        weighted.area_under_curve(probabilities[:, place], labels[:, place] == 1, weights)
        for place in range(labels.shape[1])
    ]
    return _mean_of_known(values)


def log_loss(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the mean over examples and labels of the negative log probability of what is true, in nats."""
    true = np.where(labels == 1, probabilities, 1.0 - probabilities)
    return _mean(-np.log(np.clip(true, _SMALLEST_PROBABILITY, 1.0)).mean(axis=1), weights)


def brier(labels: _Labels, probabilities: _Floats, weights: _Floats) -> _Floats:
    """Return the mean over examples and labels of the squared distance from what is true, in [0, 1]."""
    return _mean(np.square(probabilities - labels).mean(axis=1), weights)


def _hits_and_mass(labels: _Labels, probabilities: _Floats, weights: _Floats) -> tuple[_Floats, _Floats]:
    """Return true positives, and true plus predicted positives, (R, L)."""
    true, decided = (labels == 1).astype(np.float64), (probabilities >= _DECIDED).astype(np.float64)
    return weights @ (true * decided), weights @ (true + decided)


def _mean(values: NDArray[np.generic], weights: _Floats) -> _Floats:
    return weights @ values.astype(np.float64) / weights.sum(axis=1)


def _mean_of_known(values: list[_Floats]) -> _Floats:
    table = np.stack(values, axis=1)
    return weighted.mean_where(np.nan_to_num(table), ~np.isnan(table))
