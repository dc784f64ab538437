"""Classes are compared by their examples; other labels have none."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.finetune.imbalance import imbalance


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.array([0, 0, 0, 2]), 3.0),
        (np.array([1, 0]), 1.0),
        (np.array([4]), 1.0),
        (np.array([], dtype=np.int64), 1.0),
        (np.array([0.5, 0.5, 2.0]), 1.0),
        (np.eye(3, dtype=np.int64), 1.0),
    ],
)
def test_the_largest_class_over_the_smallest(labels, expected):
    assert imbalance(labels) == expected
