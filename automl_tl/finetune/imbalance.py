"""How unevenly examples fall on classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["imbalance"]


def imbalance(labels: NDArray[Any]) -> float:
    """Return the size of the largest class over that of the smallest one present, >= 1.

    ``labels`` are int64 (N,); labels of other tasks, numbers or sets, have no classes and give 1.
    """
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer) or len(labels) == 0:
        return 1.0
    counts = np.unique(labels, return_counts=True)[1]
    return float(counts.max() / counts.min())
