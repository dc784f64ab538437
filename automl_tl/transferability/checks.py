"""What every score asks of its sample before it computes anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample

__all__ = ["LabelledFeatures", "labelled_features"]


@dataclass(frozen=True)
class LabelledFeatures:
    """A checked sample.

    Attributes
    ----------
    features
        float64 (N, D), finite, scaled so that the largest magnitude is 1 (or all zero).
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
    """Check a sample and number its classes without gaps.

    Raises
    ------
    ScoreUnavailable
        If shapes do not fit, a feature is NaN or infinite, a label is negative, or there is only one class.
    """
    features = finite_features(sample)
    labels = np.asarray(sample.labels)
    if labels.shape != (len(features),):
        raise ScoreUnavailable(
            f"labels must have shape ({len(features)},) but have {labels.shape}", field="labels"
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0:
        raise ScoreUnavailable("labels must be class ids >= 0; leave unlabelled rows out", field="labels")
    names, classes = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        raise ScoreUnavailable("all probe examples have the same class; at least two are needed", field="labels")
    return LabelledFeatures(features, classes.astype(np.int64), len(names))


def finite_features(sample: ProbeSample) -> NDArray[np.float64]:
    """Return the features as float64 (N, D) scaled to largest magnitude 1; raises ScoreUnavailable."""
    features = np.asarray(sample.features, dtype=np.float64)
    if features.ndim != 2 or 0 in features.shape:
        raise ScoreUnavailable(
            f"features must be a non-empty N x D matrix but have shape {features.shape}", field="features"
        )
    bad = np.flatnonzero(~np.isfinite(features).all(axis=1))
    if len(bad):
        raise ScoreUnavailable(
            f"{len(bad)} of {len(features)} embeddings hold NaN or infinity, the first is example {bad[0]}",
            field="features",
        )
    largest = np.abs(features).max()
    return features / largest if largest > 0 else features
