"""Figures with intervals: what was measured on the sealed test part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Evaluation", "Interval", "Predictions"]


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval: Wilson's for a share of independent rows, else a percentile bootstrap.

    The bounds are NaN where nothing can be said, such as when all test rows are of one group.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Predictions:
    """A model's answers on dataset rows: ``rows`` int64 (N,), ``labels`` int64 (N,), ``probabilities`` (N, C)."""

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]


@dataclass(frozen=True)
class Evaluation:
    """One model on the test part.

    ``name`` is what the report calls it (``final``, ``linear probe``, ``majority class``, ``from scratch`` ...),
    ``metrics`` holds every metric by name, ``difference`` the paired bootstrap of (final - this one) on the job's
    metric, None for the final model itself.
    """

    name: str
    description: str
    metrics: Mapping[str, Interval]
    difference: Interval | None = None
