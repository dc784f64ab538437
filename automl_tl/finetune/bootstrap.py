"""Intervals for figures measured on one test part: percentile bootstrap and Wilson's score interval.

Efron & Tibshirani, An Introduction to the Bootstrap (1993), section 13.3 (percentile interval); Wilson,
Probable inference, the law of succession, and statistical inference (JASA 1927).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.finetune.evaluation import Interval
from automl_tl.finetune.metrics import Metric

__all__ = ["RESAMPLES", "Z95", "bootstrap", "paired_bootstrap", "resample_weights", "wilson"]

RESAMPLES = 1000
Z95 = 1.959963984540054
"""Two-sided 95 % quantile of the standard normal distribution."""
_LEVELS = (2.5, 97.5)
_LARGEST_BLOCK = 4_000_000


def resample_weights(
    n: int, *, seed: int, groups: Sequence[str] | NDArray[np.int64] | None = None, resamples: int = RESAMPLES
) -> Iterator[NDArray[np.float64]]:
    """Yield blocks of weights (r, n) that add up to ``resamples`` rows: how often each example was drawn.

    With ``groups`` (n names) whole groups are drawn with replacement, because examples of one group (a patient,
    a writer) are not independent.
    """
    rng = np.random.default_rng(seed)
    units = np.unique(np.asarray(groups), return_inverse=True)[1] if groups is not None else np.arange(n)
    n_units = int(units.max()) + 1
    block = max(1, _LARGEST_BLOCK // n)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        draws = rng.integers(0, n_units, (rows, n_units)) + np.arange(rows)[:, None] * n_units
        counts = np.bincount(draws.ravel(), minlength=rows * n_units).reshape(rows, n_units)
        yield counts[:, units].astype(np.float64)


def bootstrap(
    metric: Metric,
    labels: NDArray[Any],
    probabilities: NDArray[np.floating],
    *,
    seed: int,
    groups: Sequence[str] | NDArray[np.int64] | None = None,
) -> Interval:
    """Return the metric with its 95 % percentile-bootstrap interval; NaN resamples are left out.

    With ``groups`` the interval is never narrower than that of independent rows, which few groups that happen to
    agree would make it. Its bounds are NaN where all examples are of one group: nothing tells then how much
    another group would differ.
    """
    exact = np.asarray(probabilities, dtype=np.float64)
    return _interval(
        lambda weights: metric.weighted(labels, exact, weights),
        metric.value(labels, exact),
        len(labels),
        seed,
        groups,
    )


def paired_bootstrap(
    metric: Metric,
    labels: NDArray[Any],
    ours: NDArray[np.floating],
    theirs: NDArray[np.floating],
    *,
    seed: int,
    groups: Sequence[str] | NDArray[np.int64] | None = None,
) -> Interval:
    """Return (metric of ``ours``) - (metric of ``theirs``), both on the same resamples, with its 95 % interval.

    ``groups`` act as in :func:`bootstrap`.
    """
    first, second = (np.asarray(p, dtype=np.float64) for p in (ours, theirs))

    def difference(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return metric.weighted(labels, first, weights) - metric.weighted(labels, second, weights)

    value = metric.value(labels, first) - metric.value(labels, second)
    return _interval(difference, value, len(labels), seed, groups)


def wilson(right: float, n: float) -> Interval:
    """Return the share ``right / n`` with Wilson's 95 % score interval, 0 <= ``right`` <= ``n``, whole or not.

    It covers 91-98 % at n >= 10, at 0 and at 1 too, where the percentile bootstrap covers as little as 65 %
    (Wilson 1927, p. 209; Brown, Cai, DasGupta, Interval estimation for a binomial proportion, 2001, equation 4).
    """
    share = right / n
    shrink = 1 + Z95**2 / n
    centre = (share + Z95**2 / (2 * n)) / shrink
    half = Z95 / shrink * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2))
    return Interval(share, max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share)))


def _interval(
    measure: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    value: float,
    n: int,
    seed: int,
    groups: Sequence[str] | NDArray[np.int64] | None,
) -> Interval:
    """Return ``value`` between the percentiles of ``measure`` over resamples, the widest of rows and groups."""
    if math.isnan(value) or (groups is not None and len(set(groups)) < 2):
        return Interval(value, float("nan"), float("nan"))
    bounds = [_percentiles(measure, n, seed, units) for units in ((None,) if groups is None else (None, groups))]
    return Interval(value, min(low for low, _ in bounds), max(high for _, high in bounds))


def _percentiles(
    measure: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    n: int,
    seed: int,
    groups: Sequence[str] | NDArray[np.int64] | None,
) -> tuple[float, float]:
    values = np.concatenate([measure(weights) for weights in resample_weights(n, seed=seed, groups=groups)])
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return float("nan"), float("nan")
    low, high = np.percentile(known, _LEVELS)
    return float(low), float(high)
