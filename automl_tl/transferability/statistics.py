"""Everything that several scores need of a labelled sample, in one pass, as parts that add up.

The parts merge with the pairwise update of Chan, Golub, LeVeque: Algorithms for Computing the Sample Variance:
Analysis and Recommendations. The American Statistician 1983, and its third- and fourth-order versions (Pebay:
Formulas for Robust, One-Pass Parallel Computation of Covariances and Arbitrary-Order Statistical Moments. Sandia
report SAND2008-6212).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg.blas import dsyr, dsyrk
from scipy.sparse import csr_array

from automl_tl.errors import InvalidInput, ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.blocks import float64_blocks
from automl_tl.transferability.checks import CheckedSample, checked_sample, labelled_features
from automl_tl.transferability.principal_components import span

__all__ = [
    "StatisticsScorer",
    "SufficientStatistics",
    "class_indicator",
    "score_statistics",
    "shared_span",
    "shared_statistics",
    "sufficient_statistics",
]

_GUESSED_FROM = 512
_MIRRORED = 96


@dataclass(frozen=True)
class SufficientStatistics:
    """Moments of labelled embeddings; ``a + b`` are those of both samples together.

    Attributes
    ----------
    class_ids
        int64 (C,): labels that occur, ascending.
    counts
        float64 (C,): examples of each class.
    class_means
        float64 (C, D).
    scatter
        float64 (D, D): ``sum_i z_i z_i'`` with z_i = f_i - mean.
    class_spread
        float64 (C,): ``sum_i |f_i - m_c|^2`` over each class.
    cubed
        float64 (D,): ``sum_i |z_i|^2 z_i``; with ``fourth`` it carries Ledoit and Wolf's shrinkage.
    fourth
        ``sum_i |z_i|^4``.
    dimensions
        D of the embeddings. Scores of one sample with N < D share moments of N coordinates in the span of the
        examples, where class_means, scatter and cubed have N instead of D.
    """

    class_ids: NDArray[np.int64]
    counts: NDArray[np.float64]
    class_means: NDArray[np.float64]
    scatter: NDArray[np.float64]
    class_spread: NDArray[np.float64]
    cubed: NDArray[np.float64]
    fourth: float
    dimensions: int

    @property
    def n(self) -> int:
        """Number of examples."""
        return int(self.counts.sum())

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean of all examples (D,)."""
        return self.counts @ self.class_means / self.counts.sum()

    @property
    def class_sums(self) -> NDArray[np.float64]:
        """``F'Y`` (D, C) for the one-hot labels Y."""
        return (self.class_means * self.counts[:, None]).T

    @property
    def centred_class_means(self) -> NDArray[np.float64]:
        """Class means minus the mean of all examples (C, D)."""
        return self.class_means - self.mean

    @property
    def gram(self) -> NDArray[np.float64]:
        """``F'F`` (D, D), not centred."""
        mean = self.mean
        product = np.multiply.outer(self.n * mean, mean)
        product += self.scatter
        return product

    def __add__(self, other: SufficientStatistics) -> SufficientStatistics:
        if self.dimensions != other.dimensions:
            raise InvalidInput(
                f"statistics of {self.dimensions} and of {other.dimensions} dimensions do not add up; "
                "both must come from one model",
                field="statistics",
            )
        ids = np.union1d(self.class_ids, other.class_ids)
        mean = (self.n * self.mean + other.n * other.mean) / (self.n + other.n)
        counts, means, spread = _merged_classes(ids, self, other)
        a, b = _about(self, mean), _about(other, mean)
        return SufficientStatistics(
            ids, counts, means, a[0] + b[0], spread, a[1] + b[1], a[2] + b[2], self.dimensions
        )


def sufficient_statistics(features: ArrayLike, labels: ArrayLike) -> SufficientStatistics:
    """Return the statistics of one shard of embeddings.

    Parameters
    ----------
    features
        Embeddings (N, D).
    labels
        Class ids (N,), integers >= 0; a shard may hold one class only.

    Raises
    ------
    ScoreUnavailable
        If shapes do not fit, a feature is NaN or infinite, or a label is negative.
    """
    sample = ProbeSample(np.asarray(features), np.asarray(labels))
    found = checked_sample(sample, fewest_classes=1)
    return _moments(found.features, 1.0, *np.unique(sample.labels, return_inverse=True))


def score_statistics(name: str, statistics: SufficientStatistics) -> TransferScore:
    """Score merged statistics as ``score`` scores the embeddings themselves; the standard error is not known.

    Parameters
    ----------
    name
        A score of which class moments are all it needs, such as ``logme``, ``hscore`` or ``gbc``.

    Raises
    ------
    NotFound
        If there is no such score.
    ScoreUnavailable
        If the score needs single examples, or cannot be computed, with the reason.
    """
    scorer = scorers.get(name)
    if not isinstance(scorer, StatisticsScorer):
        raise ScoreUnavailable(
            f"{name} needs single examples, which sufficient statistics do not keep", field=name
        )
    if len(statistics.counts) < 2:
        raise ScoreUnavailable("all probe examples have the same class; at least two are needed", field="labels")
    result = scorer.score_statistics(statistics)
    if not np.isfinite(result.value):
        raise ScoreUnavailable(f"{name} gave {result.value}, which is not a number to rank by", field=name)
    return result


class StatisticsScorer(Scorer):
    """A score of which class moments are all it needs."""

    @abstractmethod
    def score_statistics(self, statistics: SufficientStatistics) -> TransferScore:
        """Return the score; raises ScoreUnavailable with the reason if it cannot be computed."""

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the score of the sample's moments; the standard error is not known."""
        return self.score_statistics(shared_statistics(sample))


def shared_statistics(sample: ProbeSample) -> SufficientStatistics:
    """Return the statistics of a sample, scaled to largest magnitude 1; scores of one sample share them.

    For N < D they are those of the examples in their own span, in which lengths and angles stay.
    """
    if "statistics" not in sample.shared:
        found = checked_sample(sample)
        n, size = found.features.shape
        features, factor = (shared_span(sample), 1.0) if n < size else (found.features, found.factor)
        moments = _moments(features, factor, np.arange(found.n_classes), found.classes)
        sample.shared["statistics"] = replace(moments, dimensions=size)
    statistics: SufficientStatistics = sample.shared["statistics"]
    return statistics


def shared_span(sample: ProbeSample) -> NDArray[np.float64]:
    """Return the centred examples in their own span (N, min(N, D)); scores of one sample share it."""
    if "span" not in sample.shared:
        sample.shared["span"] = span(labelled_features(sample).features)
    coordinates: NDArray[np.float64] = sample.shared["span"]
    return coordinates


def class_indicator(found: CheckedSample) -> Any:
    """Return ``Y'`` as a sparse (C, N) matrix."""
    return _indicator(found.classes, found.n_classes)


def _indicator(classes: NDArray[np.int64], n_classes: int) -> Any:
    n = len(classes)
    return csr_array((np.ones(n), (classes, np.arange(n))), shape=(n_classes, n))


def _moments(
    features: NDArray[Any], factor: float, ids: NDArray[np.int64], classes: NDArray[np.int64]
) -> SufficientStatistics:
    """Return the moments after one walk over blocks of rows, about a guess of the mean that is corrected after."""
    n, size = features.shape
    guess = features[:: max(n // _GUESSED_FROM, 1)].astype(np.float64).mean(axis=0) * factor
    sums, scatter = np.zeros((len(ids), size)), np.zeros((size, size), order="F")
    cubed, fourth, spread = np.zeros(size), 0.0, np.zeros(len(ids))
    for rows, block in float64_blocks(features, factor, origin=guess):
        sums += _indicator(classes[rows], len(ids)) @ block
        scatter = dsyrk(1.0, block.T, beta=1.0, c=scatter, overwrite_c=1)
        lengths = np.einsum("ij,ij->i", block, block)
        cubed += lengths @ block
        fourth += float(lengths @ lengths)
        spread += np.bincount(classes[rows], lengths, minlength=len(ids))
    counts = np.bincount(classes, minlength=len(ids)).astype(np.float64)
    if not np.isfinite(fourth):
        raise ScoreUnavailable(
            "the embeddings are so large that their fourth powers overflow; divide them by one number",
            field="features",
        )
    means = sums / counts[:, None]
    spread = np.maximum(spread - counts * np.square(means).sum(axis=1), 0.0)
    # With y = f - guess and d = mean(y), so that sum y = N d: moments of y - d.
    d = sums.sum(axis=0) / n
    length = float(d @ d)
    scatter = dsyr(-float(n), d, a=scatter, overwrite_a=1)
    _mirror(scatter)
    total, along = float(np.trace(scatter)) + n * length, scatter @ d + n * length * d
    fourth += 4.0 * float(d @ along) - 4.0 * float(d @ cubed) + 2.0 * length * total - 3.0 * n * length**2
    cubed += (2.0 * n * length - total) * d - 2.0 * along
    return SufficientStatistics(ids.astype(np.int64), counts, means + guess, scatter, spread, cubed, fourth, size)


def _about(
    part: SufficientStatistics, mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return scatter, cubed and fourth about another mean."""
    shift = part.mean - mean
    length, total = float(shift @ shift), float(np.trace(part.scatter))
    scatter = part.scatter + part.n * np.outer(shift, shift)
    along = part.scatter @ shift
    cubed = part.cubed + (total + part.n * length) * shift + 2.0 * along
    fourth = part.fourth + 4.0 * float(shift @ part.cubed) + 4.0 * float(shift @ along) + 2.0 * length * total
    return scatter, cubed, fourth + part.n * length**2


def _mirror(upper: NDArray[np.float64]) -> None:
    """Copy the upper triangle to the lower one, in pieces that the processor's cache holds."""
    size = len(upper)
    for start in range(0, size, _MIRRORED):
        piece = slice(start, start + _MIRRORED)
        upper[start + _MIRRORED :, piece] = upper[piece, start + _MIRRORED :].T
        corner = np.triu(upper[piece, piece])
        upper[piece, piece] = corner + np.triu(corner, 1).T


def _merged_classes(
    ids: NDArray[np.int64], a: SufficientStatistics, b: SufficientStatistics
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return counts, means and spread of the classes of both parts."""
    counts, spread = np.zeros(len(ids)), np.zeros(len(ids))
    sums = np.zeros((len(ids), a.class_means.shape[1]))
    for part in (a, b):
        places = np.searchsorted(ids, part.class_ids)
        counts[places] += part.counts
        sums[places] += part.class_means * part.counts[:, None]
    means = sums / counts[:, None]
    for part in (a, b):
        places = np.searchsorted(ids, part.class_ids)
        spread[places] += part.class_spread
        spread[places] += part.counts * np.square(part.class_means - means[places]).sum(axis=1)
    return counts, means, spread
