"""Learning one number per example."""

import numpy as np

from automl_tl.finetune.number_loss import NumberLoss
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.tasks.base import learning_tasks

TASK = learning_tasks.get("regression")
NUMBERS = np.array([1.0, 2.0, 3.0, 10.0])


def test_outliers_ask_for_absolute_errors():
    """One in a hundred is too much for squares."""
    plain = np.random.default_rng(0).normal(size=200)
    assert TASK.default_metric(plain).name == "rmse"
    choice = TASK.default_metric(np.append(plain, [50.0] * 4))
    assert choice.name == "mae"
    assert "2.0% of the training values lie far outside" in choice.reason


def test_the_constant_suits_the_metric():
    """The median has the least absolute error, the mean the least squared one."""
    assert TASK.constant(NUMBERS, 1, "rmse").answers.tolist() == [4.0]
    median = TASK.constant(NUMBERS, 1, "mae")
    assert (median.name, median.answers.tolist()) == ("median", [2.5])


def test_the_loss_suits_the_metric():
    """In units of the deviation."""
    squared, robust = (TASK.objective(Recipe("full_finetune"), NUMBERS, metric) for metric in ("rmse", "mae"))
    assert squared == NumberLoss(4.0, float(NUMBERS.std()))
    assert robust.robust


def test_answers_are_plain_numbers():
    """Small errors count as right, in the better half."""
    assert TASK.decode(np.array([[1.5], [2.0]], dtype=np.float32), ["y"], ()) == [1.5, 2.0]
    right = TASK.right(NUMBERS, np.array([[1.0], [2.1], [9.0], [0.0]]))
    assert right.tolist() == [True, True, False, False]
    assert TASK.kinds(NUMBERS).tolist() == [0, 1, 2, 3]
