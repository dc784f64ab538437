"""How much of the targets' variance predictions of examples that were left out explain."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, TransferScore

__all__ = ["explained_variance", "numeric_targets"]


def numeric_targets(sample: ProbeSample, n: int) -> NDArray[np.float64]:
    """Return the targets as float64 (N, T): numbers, or one column per label; raises ScoreUnavailable.

    Of several columns those that are constant are left out: nothing can be learnt of them from this sample.
    """
    labels = np.asarray(sample.labels)
    if not (np.issubdtype(labels.dtype, np.number) and np.isrealobj(labels)):
        raise ScoreUnavailable(f"labels must be numbers but are {labels.dtype}", field="labels")
    targets = labels.astype(np.float64)
    targets = targets[:, None] if targets.ndim == 1 else targets
    if targets.ndim != 2 or len(targets) != n or not targets.size:
        raise ScoreUnavailable(
            f"labels must have shape ({n},) or ({n}, T) but have {np.shape(sample.labels)}", field="labels"
        )
    if not np.isfinite(targets).all():
        raise ScoreUnavailable("labels must be finite numbers; leave unlabelled rows out", field="labels")
    varies = ~(targets == targets[0]).all(axis=0)
    if not varies.any():
        raise ScoreUnavailable(
            "a target has the same value for every example; there is nothing to explain", field="labels"
        )
    return targets[:, varies]


def explained_variance(targets: NDArray[np.float64], predicted: NDArray[np.float64]) -> TransferScore:
    """Return 1 - squared error / variance, mean over the targets (N, T), never below 0: noise explains nothing.

    Every example's share, ``1 - (its squared error) / variance``, is a contribution.
    """
    variance = targets.var(axis=0)
    shares = 1.0 - (np.square(targets - predicted) / variance).mean(axis=1)
    value = float(shares.mean())
    kept = max(value, 0.0)
    return TransferScore(kept, float(shares.std() / math.sqrt(len(shares))), shares + (kept - value))
