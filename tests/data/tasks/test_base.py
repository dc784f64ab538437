"""The registry of tasks."""

import numpy as np

from automl_tl.data.tasks.base import Counts, target_tasks


def test_three_tasks_are_built_in():
    """Each under its own name, with a sentence for people."""
    assert target_tasks.names() == ("classification", "multilabel", "regression")
    assert all(target_tasks.get(name).name == name for name in target_tasks.names())
    assert all(target_tasks.get(name).summary.endswith(".") for name in target_tasks.names())


def test_counts_add_up_over_rows():
    """A row can count for several names."""
    counts = Counts(("a", "b"), np.array([[1, 0], [1, 1], [0, 0]]))
    assert counts.by_name(np.array([0, 1])) == {"a": 2, "b": 1}
