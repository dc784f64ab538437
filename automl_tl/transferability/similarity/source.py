"""What every similarity asks of a model's fingerprint before it compares the target with it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample
from automl_tl.transferability.checks import finite_features
from automl_tl.zoo.card import Fingerprint

__all__ = ["SourceComparison", "compare_with_source"]

_FARTHEST = 1e20
"""Largest coordinate in units of the source's spread; the variance of the kernel distance takes twelfth powers."""


@dataclass(frozen=True)
class SourceComparison:
    """Target embeddings and the source domain in one space.

    Attributes
    ----------
    features
        float64 (N, D), finite, in the model's own scale.
    mean, covariance
        float64 (D,) and (D, D) of the source.
    spread
        Root of the source's total variance, ``(tr S)^(1/2)`` > 0: the unit in which models of different width
        and scale can be compared.
    fingerprint
        Where the sample and the prototypes are.
    """

    features: NDArray[np.float64]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    spread: float
    fingerprint: Fingerprint


def compare_with_source(sample: ProbeSample) -> SourceComparison:
    """Check embeddings and fingerprint; raises ScoreUnavailable without a fingerprint that fits."""
    source = sample.fingerprint
    if source is None:
        raise ScoreUnavailable("the model has no fingerprint of its source domain", field="fingerprint")
    if sample.own_features is not None:
        sample = replace(sample, features=sample.own_features, own_features=None)
    finite_features(sample)
    features = np.asarray(sample.features, dtype=np.float64)
    mean = np.asarray(source.mean, dtype=np.float64)
    covariance = np.asarray(source.covariance, dtype=np.float64)
    size = features.shape[1]
    if mean.shape != (size,) or covariance.shape != (size, size):
        raise ScoreUnavailable(
            f"the fingerprint has {mean.size} dimensions but the embeddings have {size}", field="fingerprint"
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()) or np.trace(covariance) <= 0:
        raise ScoreUnavailable("the fingerprint is not finite or has no variance", field="fingerprint")
    spread = math.sqrt(np.trace(covariance))
    farthest = max(float(np.abs(features).max()), float(np.abs(mean).max()))
    if farthest > _FARTHEST * spread:
        raise ScoreUnavailable(
            "the embeddings are so far from the source domain that their distance overflows; the fingerprint is of"
            " another model",
            field="fingerprint",
        )
    return SourceComparison(features, mean, covariance, spread, source)
