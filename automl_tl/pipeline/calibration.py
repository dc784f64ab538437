"""Rows that are set aside so that prediction sets can keep their promise.

The promise of split conformal prediction rests on examples that had no part in training or in any choice.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.carve import carve_groups, carve_rows
from automl_tl.data.dataset import TargetData
from automl_tl.data.units import rows_of_units
from automl_tl.errors import SpecError
from automl_tl.finetune.conformal import fewest_examples

__all__ = ["set_aside_calibration"]

_SHARE = 0.15
_ROOM = 1.5
_MOST = 0.4
_STREAM = 0xC0F


def set_aside_calibration(target: TargetData, alpha: float, *, seed: int) -> tuple[TargetData, NDArray[np.int64]]:
    """Take calibration rows out of the training part; with ``alpha`` 0 nothing changes.

    They are 15 % of the training rows, or as many as the promise needs with some room. Where rows are grouped,
    whole groups leave the training part and one random row of each is for calibration: the promise counts
    independent examples, and rows of one group are none.

    Raises
    ------
    SpecError
        If the task has no classes, or there are too few training rows, or groups of them, for this alpha.
    """
    nothing = np.zeros(0, dtype=np.int64)
    if alpha == 0:
        return target, nothing
    if target.task != "classification":
        raise SpecError(
            f"conformal: prediction sets are for classification, but the task is {target.task}; set alpha to 0",
            field="conformal.alpha",
        )
    train, least = target.split.train, fewest_examples(alpha)
    units = len(rows_of_units(target, train, seed=seed))
    share = max(_SHARE, _ROOM * least / units)
    chosen = _carve(target, share, np.random.default_rng([seed, _STREAM])) if share <= _MOST else nothing
    examples = rows_of_units(target, chosen, seed=seed)
    if len(examples) < least:
        wanted, there = f"{least} rows", f"{units} training rows"
        if target.group_by:
            wanted, there = f"{least} groups by {target.group_by!r}", f"{units} such groups of training rows"
        raise SpecError(
            f"conformal.alpha {alpha:g} needs at least {wanted} to calibrate on, and {there} leave too few for "
            "that; use a larger alpha or more data",
            field="conformal.alpha",
        )
    split = dataclasses.replace(target.split, train=np.setdiff1d(train, chosen))
    return dataclasses.replace(target, split=split), examples


def _carve(target: TargetData, share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    train = target.split.train
    labels = target.labels[train]
    groups = target.groups
    if groups is None:
        return train[carve_rows(labels, share, rng, keep=2)]
    return train[carve_groups(labels, [groups[int(row)] for row in train], share, rng)]
