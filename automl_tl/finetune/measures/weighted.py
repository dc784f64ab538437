"""What figures of merit are computed from: areas, means and ranks over many weighted resamples at once.

Shapes: N examples, C classes or labels, R rows of weights; a weight says how often an example was drawn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "area_under_curve",
    "average_precision",
    "mean_where",
    "ranks",
    "share_explained",
    "sum_by_class",
    "weighted_correlation",
]

_FEW_POSITIVES = 256
"""Up to so many, comparing every example with each of them is one matrix product and four times as fast as
sorting: 0.9 s instead of 3.4 s for a thousand resamples of 2,000 rows with 77 classes."""


def mean_where(values: NDArray[np.float64], defined: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mean (R,) over the columns of (R, C) that are defined; NaN where none is."""
    counts = defined.sum(axis=1)
    totals = np.where(defined, values, 0.0).sum(axis=1)
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)


def sum_by_class(weights: NDArray[np.float64], classes: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
    """Return the weight (R, C) that falls on each class: one matrix product instead of C passes."""
    return weights @ np.eye(n_classes)[classes]


def area_under_curve(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weighted Mann-Whitney area (R,), ties counted half; NaN without positives or negatives."""
    if positive.sum() <= _FEW_POSITIVES:
        return _area_of_few(scores, positive, weights)
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    weights, positive = weights[:, order], positive[order]
    positives = np.add.reduceat(weights * positive, starts, axis=1)
    negatives = np.add.reduceat(weights * ~positive, starts, axis=1)
    below = np.cumsum(negatives, axis=1) - negatives / 2
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    wins = (positives * below).sum(axis=1)
    return np.where(pairs > 0, wins / np.where(pairs > 0, pairs, 1.0), np.nan)


def average_precision(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the sum (R,) over thresholds of precision times gain in recall; NaN without positives.

    Equal scores are one threshold. Unlike the area under the interpolated curve this is not optimistic: Davis &
    Goadrich, The relationship between precision-recall and ROC curves, ICML 2006.
    """
    if positive.sum() <= _FEW_POSITIVES:
        return _precision_of_few(scores, positive, weights)
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
    weights, positive = weights[:, order], positive[order]
    gained = np.add.reduceat(weights * positive, starts, axis=1)
    taken = np.cumsum(np.add.reduceat(weights, starts, axis=1), axis=1)
    precision = np.cumsum(gained, axis=1) / np.where(taken > 0, taken, 1.0)
    positives = gained.sum(axis=1)
    return np.where(
        positives > 0, (precision * gained).sum(axis=1) / np.where(positives > 0, positives, 1.0), np.nan
    )


def _area_of_few(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    own, others = scores[positive], scores[:, None]
    won = ((others < own) + 0.5 * (others == own)) * ~positive[:, None]
    mine = weights[:, positive]
    pairs = mine.sum(axis=1) * (weights @ (~positive).astype(np.float64))
    wins = (mine * (weights @ won)).sum(axis=1)
    return np.where(pairs > 0, wins / np.where(pairs > 0, pairs, 1.0), np.nan)


def _precision_of_few(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    own, mine = scores[positive], weights[:, positive]
    taken = weights @ (scores[:, None] >= own).astype(np.float64)
    gained = mine @ (own[:, None] >= own).astype(np.float64)
    precision = gained / np.where(taken > 0, taken, 1.0)
    positives = mine.sum(axis=1)
    return np.where(
        positives > 0, (precision * mine).sum(axis=1) / np.where(positives > 0, positives, 1.0), np.nan
    )


def ranks(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mid-rank (R, N) of each value in each resample; equal values share the mean of their ranks."""
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=-np.inf))
    together = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(together, axis=1) - together / 2 + 0.5
    lengths = np.diff(np.append(starts, len(values)))
    found = np.empty_like(weights)
    found[:, order] = np.repeat(middle, lengths, axis=1)
    return found


def weighted_correlation(
    first: NDArray[np.float64], second: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the Pearson correlation (R,) of (R, N) arrays; NaN where one of them is constant."""
    total = weights.sum(axis=1, keepdims=True)
    first = first - (weights * first).sum(axis=1, keepdims=True) / total
    second = second - (weights * second).sum(axis=1, keepdims=True) / total
    product = (weights * first * second).sum(axis=1)
    length = np.sqrt((weights * first**2).sum(axis=1) * (weights * second**2).sum(axis=1))
    return np.where(length > 0, product / np.where(length > 0, length, 1.0), np.nan)


def share_explained(
    numbers: NDArray[np.float64], predicted: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return 1 - squared errors / squared distances from the mean, (R,); NaN where the numbers are constant."""
    means = weights @ numbers / weights.sum(axis=1)
    spread = (weights * np.square(numbers[None, :] - means[:, None])).sum(axis=1)
    errors = weights @ np.square(numbers - predicted)
    return np.where(spread > 0, 1.0 - errors / np.where(spread > 0, spread, 1.0), np.nan)
