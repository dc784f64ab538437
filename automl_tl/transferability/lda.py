"""Leave-one-out accuracy of a linear discriminant whose shrinkage needs no search, from shared moments.

Friedman: Regularized Discriminant Analysis. J. American Statistical Association 1989 (discriminant scores with a
shrunk pooled covariance, leave-one-out by rank-one update); shrinkage after Ledoit and Wolf: A well-conditioned
estimator for large-dimensional covariance matrices. J. Multivariate Analysis 2004.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import checked_sample
from automl_tl.transferability.hscore import ledoit_wolf_shrinkage
from automl_tl.transferability.linear_probe import discriminants_without_own
from automl_tl.transferability.statistics import shared_span, shared_statistics

__all__ = ["LinearDiscriminant"]

_MOST_LEFT_OUT = 768
_LARGEST_SHRINKAGE = 1.0 - 1e-6


class LinearDiscriminant(Scorer):
    """Share of examples that a shrunk linear discriminant fitted to all the others gets right.

    As ``linear_probe``, but on embeddings as they are, with the one penalty ``k = a/(1 - a) tr(W)/D`` where a is
    Ledoit and Wolf's intensity for the within-class covariance: one Cholesky factor, no search. Of more than 768
    examples a seeded sample of that size is left out in turn; every classifier is fitted to all the others.
    """

    name = "lda"
    summary = "leave-one-out accuracy of a discriminant with Ledoit-Wolf shrinkage"
    reference = "Friedman, JASA 1989, regularised discriminant; Ledoit and Wolf, J. Multivariate Analysis 2004"
    is_accuracy = True
    opt_in = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the accuracy in [0, 1] with its binomial standard error."""
        found = checked_sample(sample)
        n, size = found.features.shape
        rows = _left_out(n, sample.seed)
        moments = shared_statistics(sample)
        means, scatter, counts = moments.centred_class_means, moments.scatter, moments.counts
        if n < size:
            examples = shared_span(sample)[rows] - moments.mean
        else:
            examples = np.multiply(found.features[rows], found.factor, dtype=np.float64)
            examples -= moments.mean
        right = _right(examples, found.classes[rows], means, scatter, counts, size)
        return TransferScore(float(right.mean()), float(right.std() / math.sqrt(len(right))), right)


def _left_out(n: int, seed: int) -> NDArray[np.int64]:
    if n <= _MOST_LEFT_OUT:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, _MOST_LEFT_OUT, replace=False))


def _right(
    examples: NDArray[np.float64],
    classes: NDArray[np.int64],
    means: NDArray[np.float64],
    scatter: NDArray[np.float64],
    counts: NDArray[np.float64],
    size: int,
) -> NDArray[np.float64]:
    """Return 1.0 for each example (R,) that the discriminant without it gets right, else 0.0."""
    n = int(counts.sum())
    weighted = means * np.sqrt(counts)[:, None]
    within = weighted.T @ weighted
    np.subtract(scatter, within, out=within)
    spread = float(np.trace(within))
    if spread <= 1e-12 * float(np.trace(scatter)):
        raise ScoreUnavailable(
            "the examples of each class have the same embedding, so the spread within classes is unknown",
            field="features",
        )
    shrinkage = _shrinkage(examples - means[classes], within, n, size)
    within.flat[:: len(within) + 1] += shrinkage / (1.0 - shrinkage) * spread / size
    factor = cholesky(within, lower=True, overwrite_a=True, check_finite=False)
    x = solve_triangular(factor, examples.T, lower=True, check_finite=False)
    m = solve_triangular(factor, means.T, lower=True, check_finite=False)
    freedom = max(n - len(counts), 1) / (1.0 - shrinkage)
    scores = discriminants_without_own(np.square(x).sum(axis=0), x.T @ m, m.T @ m, classes, counts, freedom)
    return (scores.argmax(axis=1) == classes).astype(np.float64)


def _shrinkage(residuals: NDArray[np.float64], within: NDArray[np.float64], n: int, size: int) -> float:
    """Return Ledoit and Wolf's intensity, its fourth moment from the examples that are left out in turn."""
    fourth = n * float(np.square(np.einsum("ij,ij->i", residuals, residuals)).mean())
    intensity = ledoit_wolf_shrinkage(within, fourth, n, size)
    return min(max(intensity, size * np.finfo(np.float64).eps), _LARGEST_SHRINKAGE)


scorers.register(LinearDiscriminant.name, LinearDiscriminant())
