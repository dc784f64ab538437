"""The shipped tasks keep the contract of tasks."""

import numpy as np

from automl_tl.testing.task import TaskContract

_NUMBERS = tuple(f"{value:.2f}" for value in np.random.default_rng(0).normal(50, 5, 44))
_SETS = tuple("|".join(name for place, name in enumerate("abc") if n >> place & 1) or "[]" for n in range(44))


class TestClassification(TaskContract):
    task_name = "classification"
    cells = ("", *("red", "green", "blue") * 15)
    wrong_cells = (("red",) * 46, ("",) * 46, tuple(map(str, np.linspace(0, 1, 46))))


class TestRegression(TaskContract):
    task_name = "regression"
    cells = ("", *_NUMBERS)
    wrong_cells = (("high", *_NUMBERS), ("inf", *_NUMBERS), ("3",) * 45, ("",) * 45)


class TestMultiLabel(TaskContract):
    task_name = "multilabel"
    cells = ("", *_SETS)
    wrong_cells = (("a|b;c", *_SETS), ("a",) * 45, ("",) * 45, ("a|rare", *_SETS))
