"""What the scores that look at a model's source head ask of its class probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample

__all__ = ["expected_log_likelihood", "source_probabilities"]


def source_probabilities(sample: ProbeSample) -> NDArray[np.float64]:
    """Return float64 (N, Z): rows that add up to one, columns of source classes that have any mass.

    Raises
    ------
    ScoreUnavailable
        If the model has no source head, or its output is not a probability of each example.
    """
    if sample.source_probs is None:
        raise ScoreUnavailable(
            "not applicable: the model has no source head, so it gives no source probabilities",
            field="source_probs",
        )
    probs = np.asarray(sample.source_probs, dtype=np.float64)
    if probs.ndim != 2 or len(probs) != len(sample.labels) or not probs.size:
        raise ScoreUnavailable(
            f"source_probs must have shape ({len(sample.labels)}, Z) but have {probs.shape}", field="source_probs"
        )
    if not np.isfinite(probs).all() or probs.min() < 0:
        raise ScoreUnavailable(
            "source_probs must be probabilities, but some are negative or NaN", field="source_probs"
        )
    totals = probs.sum(axis=1, keepdims=True)
    if np.abs(totals - 1.0).max() > 0.05:
        worst = int(np.abs(totals - 1.0).argmax())
        raise ScoreUnavailable(
            f"source_probs must add up to 1 for each example, but example {worst} has {totals[worst, 0]:.3g}; "
            "apply the softmax first",
            field="source_probs",
        )
    probs = probs / totals
    return probs[:, probs.sum(axis=0) > 0]


def expected_log_likelihood(
    probs: NDArray[np.float64], classes: NDArray[np.int64], n_classes: int
) -> NDArray[np.float64]:
    """Return ``ln sum_z P(y_i|z) theta(x_i)_z`` (N,) with P(y|z) from the empirical joint of y and z.

    Parameters
    ----------
    probs
        theta(x)_z float64 (N, Z); every column has mass.
    classes
        int64 (N,), 0 .. n_classes - 1.
    """
    joint = np.zeros((n_classes, probs.shape[1]))
    np.add.at(joint, classes, probs)
    conditional = joint / joint.sum(axis=0)
    likelihood = np.einsum("nz,nz->n", probs, conditional[classes])
    return np.log(np.maximum(likelihood, np.finfo(np.float64).tiny))
