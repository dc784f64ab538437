"""LogME: how probable the labels are under a linear model on the embeddings, all weights integrated out.

You, Liu, Wang, Long: LogME: Practical Assessment of Pre-trained Models for Transfer Learning. ICML 2021,
https://arxiv.org/abs/2102.11005, equations (1) and (2).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.base import ProbeSample, TransferScore, scorers
from automl_tl.transferability.checks import CheckedSample, checked_sample
from automl_tl.transferability.evidence import Evidence, maximum_evidence
from automl_tl.transferability.spectrum import Spectrum, spectrum_of, spectrum_of_gram, spectrum_with_gram
from automl_tl.transferability.statistics import (
    StatisticsScorer,
    SufficientStatistics,
    class_indicator,
    shared_statistics,
)

__all__ = ["LogMe", "log_evidence"]

_MOST_TERMS, _FEWEST_ROWS = 100_000, 1000
"""Predictions (examples times classes) behind standard error and bootstrap, and the fewest examples for them."""


class LogMe(StatisticsScorer):
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
        stationary in a, b and m there); with very many examples and classes, of a seeded part of the examples.
        """
        found = checked_sample(sample)
        spectrum = _spectrum(sample, found)
        counts = np.bincount(found.classes).astype(np.float64)
        n = len(found.classes)
        evidence = maximum_evidence(spectrum, counts, n)
        value = float(evidence.log_evidence.mean() / n)
        terms = _terms(found, spectrum, evidence, sample.seed)
        error = float(terms.std(ddof=1) / math.sqrt(len(terms))) if len(terms) > 1 else math.nan
        return TransferScore(value, error, value + (terms - terms.mean()))

    def score_statistics(self, statistics: SufficientStatistics) -> TransferScore:
        """Return the mean log evidence per example in nats; exact up to the rounding of squared features."""
        spectrum = spectrum_of_gram(statistics.gram, statistics.class_sums, statistics.n)
        evidence = maximum_evidence(spectrum, statistics.counts, statistics.n)
        return TransferScore(float(evidence.log_evidence.mean() / statistics.n))


def log_evidence(features: NDArray[np.float64], targets: NDArray[np.float64]) -> Evidence:
    """Return the maximum log evidence of every target column.

    Parameters
    ----------
    features
        float64 (N, D).
    targets
        float64 (N, C); no column is all zero.
    """
    spectrum = spectrum_of(features, targets.T)
    return maximum_evidence(spectrum, np.square(targets).sum(axis=0), len(features))


def _spectrum(sample: ProbeSample, found: CheckedSample) -> Spectrum:
    """Return the spectrum by the smaller Gram matrix; the larger samples' one is shared with other scores."""
    n, size = found.features.shape
    if n < size:
        return spectrum_of(found.features.astype(np.float64) * found.factor, class_indicator(found))
    moments = shared_statistics(sample)
    return spectrum_with_gram(
        found.features, found.factor, moments.gram, moments.class_sums, class_indicator(found)
    )


def _terms(found: CheckedSample, spectrum: Spectrum, evidence: Evidence, seed: int) -> NDArray[np.float64]:
    """Return ``-b/2 (y - Fm)^2``, averaged over the classes, of each example or of a seeded part of them."""
    n = len(found.classes)
    most, rows = max(_MOST_TERMS // found.n_classes, _FEWEST_ROWS), None
    if n > most:
        rows = np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
    predicted = spectrum.fitted(found.features, found.factor, rows, evidence.shrunk(spectrum))
    own = found.classes if rows is None else found.classes[rows]
    predicted[np.arange(len(own)), own] -= 1.0
    return -0.5 * np.square(predicted, out=predicted) @ evidence.noise_precision / found.n_classes


scorers.register(LogMe.name, LogMe())
