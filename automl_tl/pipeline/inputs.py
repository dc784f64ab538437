"""Decoded inputs of some rows of a dataset."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import TargetData
from automl_tl.data.modalities.base import modalities
from automl_tl.finetune.workload import LabelledInputs

__all__ = ["labelled_inputs"]


def labelled_inputs(target: TargetData, rows: NDArray[np.int64]) -> LabelledInputs:
    """Decode these rows and pair them with their labels, in this order."""
    modality = modalities.get(target.dataset.modality)
    inputs = modality.read(target.dataset, [int(row) for row in rows])
    return LabelledInputs(inputs=tuple(inputs), labels=target.labels[rows])
