"""One stratum per labelled row, whatever its labels look like."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.tasks.base import target_tasks
from automl_tl.finetune.metrics import task_of

__all__ = ["strata_of"]


def strata_of(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return the class of each row (N,), its rarest label, or the range that its number lies in."""
    names = [""] * (labels.shape[1] if labels.ndim == 2 else 1)
    return target_tasks.get(task_of(labels)).strata(labels, names).codes
