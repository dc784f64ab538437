"""What a candidate is judged by on the rungs: one figure per example, from embeddings alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import ScoreUnavailable
from automl_tl.one_thread import on_one_thread
from automl_tl.transferability.base import ProbeSample, judges

__all__ = ["merit"]


def merit(features: NDArray[np.float32], labels: NDArray[Any]) -> NDArray[np.float64]:
    """Return the share of classifiers trained on all other examples that get each example right, float64 (N,).

    The classifiers, with their weight in the ranking: a linear discriminant, ridge regression, nearest neighbours;
    for numbers and sets of labels it is the share of the variance that regression and neighbours explain.
    Together they are less noisy on a few examples than the best of them. Who cannot judge is left out;
    embeddings of which nothing can be learnt get no example right: such a candidate leaves first.
    """
    total, weights = np.zeros(len(labels)), 0.0
    with on_one_thread():
        sample = ProbeSample(features, labels)
        for judge in judges(sample.task):
            try:
                right = judge.score(ProbeSample(features, labels)).contributions
            except (ScoreUnavailable, np.linalg.LinAlgError, MemoryError):
                continue
            if right is not None and len(right) == len(labels):
                total, weights = total + judge.weight * right, weights + judge.weight
    return total / max(weights, 1e-12)
