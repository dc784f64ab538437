"""Kernel distance between the target data and a sample of the domain a model was pretrained on.

Binkowski, Sutherland, Arbel, Gretton: Demystifying MMD GANs. ICLR 2018, https://arxiv.org/abs/1801.01401 (the
kernel inception distance); the estimator is the unbiased one of Gretton, Borgwardt, Rasch, Schoelkopf, Smola:
A Kernel Two-Sample Test. JMLR 13, 2012, lemma 6. Its variance: Arvesen, Jackknifing U-statistics. Annals of
Mathematical Statistics 40, 1969.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import by_content
from automl_tl.transferability.similarity.source import compare_with_source

__all__ = ["KernelDistance", "KernelSimilarity", "kernel_distance"]

_MOST_EXAMPLES = 5_000
_CHUNK = 1024


class KernelSimilarity(Scorer):
    """Minus the unbiased squared kernel distance to the source sample of the fingerprint.

    Both sides are centred at the source's mean and divided by its root mean variance per dimension, so that
    shift and scale of an embedding do not matter; the kernel is ``(x.y / D + 1)^3``. Needs no labels. The
    expectation is 0 for data from the source domain, so values slightly above 0 occur. More than 5,000 examples
    are thinned to a seeded random sample of that size.
    """

    name = "kid"
    summary = "closeness of the target data to the model's source domain by an unbiased kernel distance"
    reference = "Binkowski et al., ICLR 2018; Gretton et al., JMLR 2012, lemma 6"
    tasks = ()
    weight = 0.25
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return minus the distance with its standard error; raises ScoreUnavailable without a source sample."""
        found = compare_with_source(sample)
        source = found.fingerprint.sample
        if source is None:
            raise ScoreUnavailable(
                "the fingerprint holds moments only and no sample of the source; make it again with"
                " `automl-tl zoo fingerprint`",
                field="fingerprint",
            )
        size = found.features.shape[1]
        if source.ndim != 2 or source.shape[1] != size or not np.isfinite(source).all():
            raise ScoreUnavailable(
                f"the source sample must be finite with {size} dimensions but has shape {source.shape}",
                field="fingerprint",
            )
        if min(len(source), len(found.features)) < 2:
            raise ScoreUnavailable("a kernel distance needs two examples on either side", field="features")
        unit = found.spread / math.sqrt(size)
        features = (found.features - found.mean) / unit
        if len(features) > _MOST_EXAMPLES:
            places = np.random.default_rng(sample.seed).choice(len(features), _MOST_EXAMPLES, replace=False)
            features = features[by_content(features)[places]]
        result = kernel_distance(features, (source.astype(np.float64) - found.mean) / unit)
        return TransferScore(-result.value, math.sqrt(result.variance), -result.contributions)


@dataclass(frozen=True)
class KernelDistance:
    """An unbiased squared kernel distance.

    Attributes
    ----------
    value
        Estimate; may be below zero.
    variance
        Jackknife estimate over both samples, >= 0; NaN with fewer than three examples on a side.
    contributions
        float64 (N,), one per example of the first sample, with mean ``value``: the estimate linearised.
    """

    value: float
    variance: float
    contributions: NDArray[np.float64]


def kernel_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> KernelDistance:
    """Return the unbiased estimate of the squared maximum mean discrepancy with the kernel ``(x.y / D + 1)^3``.

    Parameters
    ----------
    first, second
        float64 (M, D) and (N, D), M, N >= 2. Memory O((M + N) 1024), time O((M + N)^2 D).

    Notes
    -----
    ``mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{i, j} k(x_i, y_j)``.
    Leaving one example out changes these sums by its row, so the jackknife needs no second pass. It errs on the
    side of too much variance (Efron and Stein, Annals of Statistics 9, 1981), about twofold for equal domains.
    """
    within_first, within_second = _rows(first, first), _rows(second, second)
    across_first, across_second = _rows(first, second), _rows(second, first)
    m, n = len(first), len(second)
    across = 2.0 * across_first.sum() / (m * n)
    value = within_first.sum() / (m * (m - 1)) + within_second.sum() / (n * (n - 1)) - across
    influence = 2.0 * (within_first / (m - 1) - across_first / n)
    variance = _jackknife(within_first, across_first / n) + _jackknife(within_second, across_second / m)
    return KernelDistance(float(value), variance, value + influence - influence.mean())


def _rows(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``sum_j k(left_i, right_j)`` (len(left),), without the example itself where both are one array."""
    sums = np.empty(len(left))
    for start in range(0, len(left), _CHUNK):
        part = slice(start, start + _CHUNK)
        kernel = (left[part] @ right.T / left.shape[1] + 1.0) ** 3
        if left is right:
            places = np.arange(len(kernel))
            kernel[places, start + places] = 0.0
        sums[part] = kernel.sum(axis=1)
    return sums


def _jackknife(within: NDArray[np.float64], across: NDArray[np.float64]) -> float:
    """Return one sample's share of the variance from its rows: sums within, means across."""
    n = len(within)
    if n < 3:
        return math.nan
    left_out = (within.sum() - 2.0 * within) / ((n - 1) * (n - 2)) - 2.0 * (across.sum() - across) / (n - 1)
    return float((n - 1) / n * np.square(left_out - left_out.mean()).sum())


scorers.register(KernelSimilarity.name, KernelSimilarity())
