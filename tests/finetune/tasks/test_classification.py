"""Learning one class per example."""

import numpy as np

from automl_tl.finetune.tasks.base import learning_tasks

TASK = learning_tasks.get("classification")


def test_the_reason_for_the_metric_tells_the_balance():
    """In figures."""
    even = TASK.default_metric(np.repeat([0, 1], [10, 15]))
    assert even.name == "accuracy"
    assert "1.5 times as many" in even.reason
    uneven = TASK.default_metric(np.repeat([0, 1], [10, 90]))
    assert uneven.name == "balanced_accuracy"
    assert "imbalanced" in uneven.reason


def test_the_constant_is_the_majority_class():
    """With the class shares as its probabilities."""
    constant = TASK.constant(np.array([0, 1, 1, 1]), 3, "accuracy")
    assert constant.name == "majority class"
    assert constant.answers.tolist() == [0.25, 0.75, 0.0]


def test_strategies_bring_their_own_loss():
    """Contrastive pairs and cross-entropy differ."""
    assert TASK.objective(None, np.array([0, 1]), "accuracy") is None


def test_confident_errors_surprise_most():
    """A right answer is the most probable class."""
    answers = np.array([[0.9, 0.1], [0.4, 0.6]])
    assert TASK.right(np.array([1, 1]), answers).tolist() == [False, True]
    assert TASK.surprise(np.array([1, 1]), answers).tolist() == [0.9, 0.6]
