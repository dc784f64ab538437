"""Rows that belong together, such as the pictures of one patient: one random row of each unit is independent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import TargetData

__all__ = ["one_row_each", "rows_of_units"]

_STREAM = 0x0E1


def one_row_each(groups: Sequence[str], *, seed: int) -> NDArray[np.int64]:
    """Return one random place of each group, ascending; places without a name are one group, as in the split.

    Every test that takes rows for independent holds for these places, whatever the rows of a group have in common.
    """
    names = np.asarray(groups, dtype=object).astype(str)
    order = np.random.default_rng([seed, _STREAM]).permutation(len(names))
    first = np.unique(names[order], return_index=True)[1]
    return np.sort(order[first]).astype(np.int64)


def rows_of_units(target: TargetData, rows: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
    """Return one random row of each unit among dataset rows, in their order; all rows without ``group_by``."""
    groups = target.groups
    if groups is None:
        return rows
    return rows[one_row_each([groups[int(row)] for row in rows], seed=seed)]
