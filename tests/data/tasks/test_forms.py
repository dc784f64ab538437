"""Labels tell their task by their form."""

import numpy as np
import pytest

from automl_tl.data.tasks.forms import task_of


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        (np.array([0, 2, -1]), "classification"),
        (np.array([0, 1], dtype=np.int32), "classification"),
        (np.array([0.5, np.nan]), "regression"),
        (np.zeros((3, 2), dtype=np.int64), "multilabel"),
    ],
)
def test_shape_and_kind_decide(labels, task):
    assert task_of(labels) == task
