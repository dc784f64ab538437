"""Rows with groups."""

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.fairness.mitigation.data import GroupedRows


def test_parts_keep_rows_together():
    """By mask or by number; unequal lengths are refused."""
    rows = GroupedRows(np.arange(6.0).reshape(3, 2), np.array([0, 1, 0]), np.array([1, 0, -1]))
    assert len(rows) == 3
    part = rows.part(np.array([True, False, True]))
    assert (part.features[:, 0].tolist(), part.groups.tolist()) == ([0.0, 4.0], [1, -1])
    assert part.scores is None
    scored = GroupedRows(rows.features, rows.labels, rows.groups, np.array([0.1, 0.2, 0.3]))
    assert scored.part(np.array([2])).scores.tolist() == [0.3]
    with pytest.raises(InvalidInput, match="equally long"):
        GroupedRows(np.zeros((2, 1)), np.zeros(3, dtype=np.int64), np.zeros(2, dtype=np.int64))
