"""Which task labels belong to, told from their form."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["task_of"]


def task_of(labels: NDArray[Any]) -> str:
    """Return the task whose labels have this form: (N, L) sets, floating (N,) numbers, else (N,) class ids."""
    if labels.ndim == 2:
        return "multilabel"
    return "regression" if np.issubdtype(labels.dtype, np.floating) else "classification"
