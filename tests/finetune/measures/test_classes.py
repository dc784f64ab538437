"""Measures of single-label classification; most are compared with scikit-learn in test_metrics.py."""

import numpy as np
import pytest

from automl_tl.finetune.measures import classes

LABELS = np.array([0, 1, 1, 0])
ONES = np.ones((1, 4))


def test_certainty_of_the_right_class_is_perfect_and_of_the_wrong_one_worst():
    right = np.eye(2)[LABELS]
    assert classes.brier(LABELS, right, ONES)[0] == 0
    assert classes.brier(LABELS, 1 - right, ONES)[0] == 2
    assert classes.brier(LABELS, np.full((4, 2), 0.5), ONES)[0] == pytest.approx(0.5)


def test_average_precision_of_no_knowledge_is_the_class_share():
    assert classes.average_precision(LABELS, np.full((4, 2), 0.5), ONES)[0] == pytest.approx(0.5)
