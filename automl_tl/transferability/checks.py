"""What every score asks of its sample before it computes anything."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample

__all__ = ["CheckedSample", "LabelledFeatures", "by_content", "checked_sample", "labelled_features"]


_IN_CACHE = 100_000


@dataclass(frozen=True)
class CheckedSample:
    """A checked sample whose features were not copied.

    Attributes
    ----------
    features
        floating (N, D), finite, as they were given.
    factor
        Power of two that brings their largest magnitude into [0.5, 1) without any rounding; 1 for zeros.
    classes
        int64 (N,): 0 .. C-1 in the order of their first example, so that the names of the classes cannot
        matter, not even in the last digit.
    n_classes
        C >= 2.
    """

    features: NDArray[Any]
    factor: float
    classes: NDArray[np.int64]
    n_classes: int


@dataclass(frozen=True)
class LabelledFeatures:
    """A checked sample.

    Attributes
    ----------
    features
        float64 (N, D), finite, scaled so that the largest magnitude lies in [0.5, 1) (or all zero).
    classes
        int64 (N,): 0 .. C-1 without gaps.
    n_classes
        C >= 2.
    """

    features: NDArray[np.float64]
    classes: NDArray[np.int64]
    n_classes: int

    def one_hot(self) -> NDArray[np.float64]:
        """Return float64 (N, C)."""
        return np.eye(self.n_classes)[self.classes]


def labelled_features(sample: ProbeSample) -> LabelledFeatures:
    """Check a sample, number its classes without gaps and copy its features.

    Raises
    ------
    ScoreUnavailable
        If shapes do not fit, a feature is NaN or infinite, a label is negative, or there is only one class.
    """
    found = checked_sample(sample)
    features = found.features.astype(np.float64) * found.factor
    return LabelledFeatures(features, found.classes, found.n_classes)


def checked_sample(sample: ProbeSample, *, fewest_classes: int = 2) -> CheckedSample:
    """Check a sample and number its classes without gaps, once for all scores; raises as ``labelled_features``."""
    if "checked" not in sample.shared:
        sample.shared["checked"] = _check(sample)
    found: CheckedSample = sample.shared["checked"]
    if found.n_classes < fewest_classes:
        raise ScoreUnavailable("all probe examples have the same class; at least two are needed", field="labels")
    return found


def _check(sample: ProbeSample) -> CheckedSample:
    features, factor = _checked_features(sample)
    labels = np.asarray(sample.labels)
    if labels.shape != (len(features),):
        raise ScoreUnavailable(
            f"labels must have shape ({len(features)},) but have {labels.shape}", field="labels"
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0:
        raise ScoreUnavailable(
            "labels must be class ids >= 0; leave unlabelled rows out, and score numbers with logme_regression",
            field="labels",
        )
    names, first, numbers = np.unique(labels, return_index=True, return_inverse=True)
    places = np.empty(len(names), np.int64)
    places[np.argsort(first)] = np.arange(len(names))
    return CheckedSample(features, factor, places[numbers], len(names))


def finite_features(sample: ProbeSample) -> NDArray[np.float64]:
    """Return the features as float64 (N, D) with their largest magnitude in [0.5, 1); raises ScoreUnavailable."""
    features, factor = _checked_features(sample)
    return features.astype(np.float64) * factor


def by_content(features: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return an order of the examples (N,) that depends on their first features only, not on their places.

    Seeded choices are made along it, so that shuffling the examples does not change a score.
    """
    return np.lexsort(features[:, 7::-1].T).astype(np.int64)


def _largest_magnitude(features: NDArray[Any]) -> float:
    """Return max |f|, NaN or infinite where a feature is; a few rows at a time, which then are read once only."""
    step = max(_IN_CACHE // features.shape[1], 1)
    parts = (features[start : start + step] for start in range(0, len(features), step))
    # Minimum and maximum hand NaN and infinity on, and need no copy of the features.
    return float(np.max([np.maximum(part.max(), -part.min()) for part in parts]))


def _checked_features(sample: ProbeSample) -> tuple[NDArray[Any], float]:
    features = np.asarray(sample.features)
    if not (np.issubdtype(features.dtype, np.number) or features.dtype == bool) or np.iscomplexobj(features):
        raise ScoreUnavailable(f"features must be real numbers but are {features.dtype}", field="features")
    if features.dtype not in (np.float32, np.float64):
        features = features.astype(np.float64)
    if features.ndim != 2 or 0 in features.shape:
        raise ScoreUnavailable(
            f"features must be a non-empty N x D matrix but have shape {features.shape}", field="features"
        )
    largest = _largest_magnitude(features)
    if not math.isfinite(largest):
        bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
        raise ScoreUnavailable(
            f"{len(bad)} of {len(features)} embeddings hold NaN or infinity, the first is example {bad[0]}",
            field="features",
        )
    # Far below 1e-300 the power of two itself would overflow.
    exponent = max(math.frexp(largest)[1], -1000) if largest > 0 else 0
    return features, math.ldexp(1.0, -exponent)
