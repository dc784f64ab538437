"""Inputs of some rows of a dataset: decoded, or on demand where there are too many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example, Split, TargetData
from automl_tl.data.modalities.base import modalities
from automl_tl.data.on_demand import ExamplesOnDemand
from automl_tl.finetune.workload import LabelledInputs, WholeParts

__all__ = ["groups_of", "inputs_of", "labelled_inputs", "whole_parts"]


def inputs_of(target: TargetData, rows: NDArray[np.int64]) -> Sequence[Example]:
    """Return the inputs of these rows, decoded, or on demand where the data set says so."""
    if target.dataset.on_demand:
        return ExamplesOnDemand(target.dataset, rows)
    return tuple(modalities.get(target.dataset.modality).read(target.dataset, [int(row) for row in rows]))


def labelled_inputs(target: TargetData, rows: NDArray[np.int64]) -> LabelledInputs:
    """Pair the inputs of these rows with their labels and groups, in this order."""
    return LabelledInputs(inputs_of(target, rows), target.labels[rows], groups_of(target, rows))


def groups_of(target: TargetData, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return a number for each row's group, int64 (N,), the same in all parts; None without groups.

    Without ``group_by`` rows with the same input are a group, if there are any: held out from its copy a row would
    be known already.
    """
    groups = target.groups
    if groups is not None:
        numbers = {name: number for number, name in enumerate(sorted(set(groups)))}
        return np.array([numbers[groups[int(row)]] for row in rows], dtype=np.int64)
    if target.copies is None:
        return None
    labelled = target.copies[target.copies >= 0]
    return target.copies[rows] if len(np.unique(labelled)) < len(labelled) else None


def whole_parts(target: TargetData, whole: Split | None) -> WholeParts | None:
    """Return what training draws from where the parts of ``target`` are samples of ``whole``, else None."""
    if whole is None:
        return None
    return WholeParts(labelled_inputs(target, whole.train), labelled_inputs(target, whole.validation))
