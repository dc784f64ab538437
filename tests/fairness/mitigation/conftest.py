"""A task with a shortcut that holds in one group and misleads in the other."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.fairness.mitigation.data import GroupedRows


def shortcut_rows(n: int, seed: int, shift: float = 2.0) -> GroupedRows:
    """Feature 0 tells the label weakly, feature 1 strongly in group 0 and wrongly in group 1 (one row in 8)."""
    rng = np.random.default_rng(seed)
    groups = (rng.random(n) < 0.125).astype(np.int64)
    labels = rng.integers(0, 2, n)
    side = 2 * labels - 1
    features = rng.normal(size=(n, 8))
    features[:, 0] += 1.2 * side
    features[:, 1] += shift * side * np.where(groups == 0, 1, -0.5)
    return GroupedRows(features, labels, groups)


@pytest.fixture
def make_rows():
    """Return the maker of rows."""
    return shortcut_rows


@pytest.fixture
def gap_of():
    """Return accuracy of group 0 minus that of group 1."""

    def gap(rows: GroupedRows, said: np.ndarray) -> float:
        right = said == rows.labels
        return float(right[rows.groups == 0].mean() - right[rows.groups == 1].mean())

    return gap
