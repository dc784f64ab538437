"""An ensemble takes in what helps the mean."""

from __future__ import annotations

import numpy as np

from automl_tl.finetune.ensemble import mean_probabilities, select_members
from automl_tl.finetune.metrics import improves, metrics

LABELS = np.array([0, 0, 1, 1])


def better(ours, theirs):
    return improves(metrics.get("accuracy"), ours, theirs)


def of(*own: float) -> np.ndarray:
    """Return probabilities that give the right class these values."""
    right = np.array(own)
    rows = np.stack([right, 1 - right], axis=1)
    return np.where((LABELS == 0)[:, None], rows, rows[:, ::-1])


def test_models_that_err_on_different_examples_help_each_other():
    first, second = of(0.9, 0.9, 0.9, 0.4), of(0.4, 0.9, 0.9, 0.9)
    assert select_members([first, second], LABELS, better) == (0, 1)


def test_a_model_that_makes_the_mean_worse_stays_out():
    assert select_members([of(0.9, 0.9, 0.9, 0.9), of(0.1, 0.1, 0.1, 0.1)], LABELS, better) == (0,)


def test_the_most_helpful_comes_first_and_their_number_is_limited():
    first, weak, strong = of(0.9, 0.9, 0.9, 0.3), of(0.6, 0.6, 0.6, 0.8), of(0.9, 0.9, 0.9, 0.95)
    assert select_members([first, weak, strong], LABELS, better, most=2) == (0, 2)


def test_the_mean_is_a_mean():
    np.testing.assert_allclose(mean_probabilities([of(1, 1, 1, 1), of(0, 0, 0, 0)]), 0.5)
