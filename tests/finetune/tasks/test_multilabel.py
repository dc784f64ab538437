"""Learning several labels per example."""

import numpy as np
import pytest

from automl_tl.finetune.label_loss import BinaryCrossEntropy
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.tasks.base import learning_tasks

TASK = learning_tasks.get("multilabel")
LABELS = np.array([[1, 0], [1, 1], [0, 0]])


def test_labels_are_named_from_their_thresholds_on():
    """The most probable first; none is an answer too."""
    answers = np.array([[0.6, 0.9], [0.2, 0.3], [0.1, 0.1]])
    assert TASK.decode(answers, ["a", "b"], ()) == [["b", "a"], [], []]
    assert TASK.decode(answers, ["a", "b"], (0.7, 0.25)) == [["b"], ["b"], []]


def test_the_loss_is_what_the_recipe_asks_for():
    """Smoothing and focus have the same meaning as for classes."""
    recipe = Recipe("full_finetune", label_smoothing=0.1)
    assert TASK.objective(recipe, LABELS, "micro_f1") == BinaryCrossEntropy(0.1, 0.0)


def test_the_constant_is_each_labels_frequency():
    """And the default metric does not depend on thresholds."""
    constant = TASK.constant(LABELS, 2, "micro_f1")
    assert constant.answers.tolist() == pytest.approx([2 / 3, 1 / 3])
    choice = TASK.default_metric(LABELS)
    assert choice.name == "mean_average_precision"
    assert "1.0 of 2 labels on average" in choice.reason


def test_one_wrong_label_makes_an_answer_wrong():
    """And the surest mistake surprises most."""
    answers = np.array([[0.9, 0.1], [0.9, 0.2], [0.6, 0.1]])
    assert TASK.right(LABELS, answers).tolist() == [True, False, False]
    assert TASK.surprise(LABELS, answers).round(3).tolist() == [0.1, 0.8, 0.6]
    assert TASK.kinds(LABELS).tolist() == [0, 1, 2]
