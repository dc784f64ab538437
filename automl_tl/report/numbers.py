"""What a report says of predicted numbers: points, errors, and where in the range they are large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.evaluation import Predictions

__all__ = ["NumberFigures", "RangeErrors", "number_figures"]

_MOST_POINTS = 400
_RANGES = 4


@dataclass(frozen=True)
class RangeErrors:
    """Errors of the test rows whose true number lies in [low, high]: mean size, and mean with its sign.

    A bound is None where it is not told, because it is some row's number.
    """

    low: float | None
    high: float | None
    count: int
    mean_absolute: float
    mean_signed: float


@dataclass(frozen=True)
class NumberFigures:
    """Predicted numbers of the test part.

    Attributes
    ----------
    name
        What was predicted.
    true, predicted
        Pairs, at most 400 of ``count``, in the order of the true number.
    half_within, most_within
        Half of all errors are smaller than the first, nine of ten than the second; NaN where they are not told.
    ranges
        Errors by quarter of the true numbers.
    averaged
        How many rows each pair is the mean of, at least, where single rows must not be shown; 0 where pairs are
        rows.
    """

    name: str
    count: int
    true: tuple[float, ...]
    predicted: tuple[float, ...]
    half_within: float
    most_within: float
    ranges: tuple[RangeErrors, ...] = ()
    averaged: int = 0


def number_figures(predictions: Predictions, name: str) -> NumberFigures:
    """Return the figures of predictions with at least one row."""
    order = np.argsort(predictions.labels, kind="stable")
    true = np.asarray(predictions.labels, dtype=np.float64)[order]
    predicted = predictions.probabilities[:, 0].astype(np.float64)[order]
    errors = predicted - true
    half, most = np.quantile(np.abs(errors), [0.5, 0.9])
    kept = np.unique(np.linspace(0, len(true) - 1, min(len(true), _MOST_POINTS)).round().astype(int))
    return NumberFigures(
        name=name,
        count=len(true),
        true=tuple(true[kept].tolist()),
        predicted=tuple(predicted[kept].tolist()),
        half_within=float(half),
        most_within=float(most),
        ranges=tuple(_range(true[rows], errors[rows]) for rows in _quarters(len(true))),
    )


def _quarters(n: int) -> list[NDArray[np.int64]]:
    return [rows for rows in np.array_split(np.arange(n), _RANGES) if len(rows)]


def _range(true: NDArray[np.float64], errors: NDArray[np.float64]) -> RangeErrors:
    return RangeErrors(
        float(true[0]), float(true[-1]), len(true), float(np.abs(errors).mean()), float(errors.mean())
    )
