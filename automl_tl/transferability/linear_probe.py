"""Leave-one-out accuracy of a shrunk linear discriminant on the embeddings, in closed form.

Friedman: Regularized Discriminant Analysis. J. American Statistical Association 1989 (discriminant scores with a
shrunk pooled covariance); the leave-one-out covariance is a rank-one update (Sherman and Morrison 1950), as there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.checks import labelled_features

__all__ = ["LinearProbe", "discriminants_without_own", "leave_one_out_scores", "standardise"]

_PENALTIES = 10.0 ** np.arange(-3.0, 1.0, 0.5)


class LinearProbe(Scorer):
    """Share of examples that a linear classifier trained on all the others gets right.

    Linear discriminant analysis on standardised embeddings with the pooled within-class scatter W shrunk to
    ``W + kI``: an example goes to the class with the largest ``-v/2 (x - m_c)' (W + kI)^-1 (x - m_c) + ln n_c``,
    v = max(N - C, 1). Class mean, class count and W of each example are those without it: exact, with no refit.
    The penalty k is the one of 8, relative to the mean squared length, with the best accuracy; that choice
    flatters the accuracy by less than its standard error, and every model alike.
    """

    name = "linear_probe"
    summary = "leave-one-out accuracy of a linear classifier on the embeddings"
    reference = "Friedman, JASA 1989, regularised discriminant (leave-one-out by rank-one update)"
    is_accuracy = True
    judges = True
    weight = 3.0

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the accuracy in [0, 1] with its binomial standard error."""
        data = labelled_features(sample)
        features = standardise(data.features)
        unit = max(float(np.square(features).sum()) / min(features.shape), 1e-300)
        spectrum = _spectrum(features, data.classes, data.n_classes)
        best = np.zeros(len(features))
        # From strong to weak shrinkage, so that equal accuracies take the strong one.
        for penalty in _PENALTIES[::-1] * unit:
            predicted = _scores_without_own(spectrum, penalty).argmax(axis=1)
            right = (predicted == data.classes).astype(np.float64)
            best = right if right.sum() > best.sum() else best
        return TransferScore(float(best.mean()), float(best.std() / math.sqrt(len(best))), best)


def standardise(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each column centred and divided by its standard deviation; constant columns become zero."""
    centred = features - features.mean(axis=0)
    spread = centred.std(axis=0)
    noise = 1e-12 * np.abs(features).max(axis=0)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > noise)


def leave_one_out_scores(
    features: NDArray[np.float64], classes: NDArray[np.int64], n_classes: int, penalty: float
) -> NDArray[np.float64]:
    """Return the discriminant scores (N, C) of every example by the classifier that never saw it.

    Parameters
    ----------
    features
        float64 (N, D).
    classes
        int64 (N,), 0 .. C-1.
    penalty
        k > 0. A class whose only example is left out scores minus infinity.
    """
    return _scores_without_own(_spectrum(features, classes, n_classes), penalty)


@dataclass(frozen=True)
class _Spectrum:
    """Examples (N, R) and class means (C, R) in the eigenbasis of F'F, whose eigenvalues are (R,)."""

    examples: NDArray[np.float64]
    means: NDArray[np.float64]
    eigenvalues: NDArray[np.float64]
    classes: NDArray[np.int64]
    counts: NDArray[np.float64]


def _spectrum(features: NDArray[np.float64], classes: NDArray[np.int64], n_classes: int) -> _Spectrum:
    examples, eigenvalues = _rotated(features)
    one_hot = np.eye(n_classes)[classes]
    counts = one_hot.sum(axis=0)
    means = (one_hot.T @ examples) / counts[:, None]
    return _Spectrum(examples, means, np.maximum(eigenvalues, 0.0), classes, counts)


def _rotated(features: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the examples in the eigenbasis of F'F, that of their own span where N < D, and its eigenvalues."""
    n, d = features.shape
    if n >= d:
        values, vectors = np.linalg.eigh(features.T @ features)
        return features @ vectors, values
    values, vectors = np.linalg.eigh(features @ features.T)
    return vectors * np.sqrt(np.maximum(values, 0.0)), values


def _scores_without_own(spectrum: _Spectrum, penalty: float) -> NDArray[np.float64]:
    x, m, counts = spectrum.examples, spectrum.means, spectrum.counts
    inverse = 1.0 / (spectrum.eigenvalues + penalty)
    cross = (x * inverse) @ m.T
    between = (m * inverse) @ m.T
    # W is F'F without the class means' part M'NM, so that one decomposition serves every penalty (Woodbury 1950).
    core = np.linalg.inv(np.diag(1.0 / counts) - between)
    seen = cross @ core
    length = np.square(x) @ inverse + (seen * cross).sum(axis=1)
    freedom = max(len(x) - len(counts), 1)
    return discriminants_without_own(
        length, cross + seen @ between, between + between @ core @ between, spectrum.classes, counts, freedom
    )


def discriminants_without_own(
    length: NDArray[np.float64],
    cross: NDArray[np.float64],
    between: NDArray[np.float64],
    own: NDArray[np.int64],
    counts: NDArray[np.float64],
    freedom: float,
) -> NDArray[np.float64]:
    """Return discriminant scores (R, C) of R examples by classifiers that never saw them, from products in A.

    Parameters
    ----------
    length, cross, between
        ``x_i'A x_i`` (R,), ``x_i'A m_c`` (R, C) and ``m_c'A m_c'`` (C, C) with ``A = (W + kI)^-1`` and the class
        means of all examples.
    own
        Class of each example (R,).
    counts
        Size of each class (C,).
    freedom
        v, by which distances are multiplied.
    """
    rows = np.arange(len(own))
    distance = length[:, None] - 2 * cross + np.diag(between)
    # With d = x_i - m_own and a = n/(n-1), leaving i out turns W into W - a dd' and x_i - m_own into a d.
    a = (counts / np.maximum(counts - 1, 1))[own]
    to_own = cross[rows, own]
    along = length[:, None] - cross - to_own[:, None] + between[own]
    remaining = np.maximum(1.0 - a * distance[rows, own], 1e-12)
    without = distance + (a / remaining)[:, None] * np.square(along)
    without[rows, own] = np.square(a) * distance[rows, own] / remaining
    left = np.tile(counts, (len(own), 1))
    left[rows, own] -= 1
    prior = np.log(left, out=np.full(left.shape, -np.inf), where=left > 0)
    return np.asarray(-0.5 * freedom * without + prior)


scorers.register(LinearProbe.name, LinearProbe())
