"""Classes are compared by their examples, labels by the rows that have them; numbers have neither."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.finetune.imbalance import effective_examples, even_weights, imbalance


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.array([0, 0, 0, 2]), 3.0),
        (np.array([1, 0]), 1.0),
        (np.array([4]), 1.0),
        (np.array([], dtype=np.int64), 1.0),
        (np.array([0.5, 0.5, 2.0]), 1.0),
        (np.eye(3, dtype=np.int64), 1.0),
        (np.array([[1, 0, 1], [1, 0, 0], [1, 0, 0], [0, 0, 0]]), 3.0),
        (np.zeros((3, 2), dtype=np.int64), 1.0),
    ],
)
def test_the_largest_class_over_the_smallest(labels, expected):
    """A label that no row has is not looked at, nor how many rows lack one."""
    assert imbalance(labels) == expected


def test_weights_make_classes_alike():
    """Known answer: three of one class weigh as much as one of another; the mean is 1."""
    weights = even_weights(np.array([5, 0, 0, 0]))
    assert weights == pytest.approx([2.0, 2 / 3, 2 / 3, 2 / 3])
    assert weights.mean() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.array([0, 1] * 50), 100.0),
        (np.array([0] * 90 + [1] * 10), 36.0),
        (np.array([[1, 0], [1, 0], [1, 1], [0, 0]]), 3.0),
        (np.array([[1, 1], [1, 1]]), 2.0),
        (np.zeros((3, 2), dtype=np.int64), 0.0),
        (np.array([0.5, 2.0]), 2.0),
    ],
)
def test_a_rare_class_leaves_few_effective_examples(labels, expected):
    """Known answers: 4 / (1 / 90 + 1 / 10) is 36, 4 / (1 / 3 + 1) is 3; never more than there are."""
    assert effective_examples(labels) == pytest.approx(expected)
