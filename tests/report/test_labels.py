"""What is said of each label."""

import math

import numpy as np
import pytest

from automl_tl.finetune.evaluation import Predictions
from automl_tl.report.labels import label_figures

LABELS = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]])
PROBABILITIES = np.array([[0.9, 0.1, 0.1], [0.4, 0.2, 0.1], [0.7, 0.3, 0.1], [0.1, 0.25, 0.1]], np.float32)


def test_precision_and_recall_by_label():
    """A threshold of its own changes what is said; a label that nobody has has no recall."""
    plain = label_figures(Predictions(np.arange(4), LABELS, PROBABILITIES), ("a", "b", "c"))
    assert (plain[0].support, plain[0].predicted, plain[0].precision, plain[0].recall) == (2, 2, 0.5, 0.5)
    assert plain[0].average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert (plain[1].predicted, plain[1].recall, plain[1].f1) == (0, 0.0, 0.0)
    assert math.isnan(plain[1].precision)
    assert math.isnan(plain[2].recall)
    tuned = label_figures(Predictions(np.arange(4), LABELS, PROBABILITIES, (0.5, 0.22, 0.5)), ("a", "b", "c"))
    assert (tuned[1].threshold, tuned[1].f1) == (0.22, 1.0)
