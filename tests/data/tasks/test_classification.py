"""One class per row."""

import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.profile import profile
from automl_tl.data.tasks.base import Column, target_tasks
from automl_tl.errors import DatasetError, SpecError

TASK = target_tasks.get("classification")


def column(*cells):
    return Column("kind", cells, tuple(map(str, range(len(cells)))))


def test_names_are_sorted_and_empty_cells_have_no_class():
    """Class ids index into the names."""
    labels = TASK.read(column("b", "a", "", "b"), Limits())
    assert labels.names == ("a", "b")
    assert labels.values.tolist() == [1, 0, -1, 1]
    assert TASK.labelled(labels.values).tolist() == [True, True, False, True]
    assert [TASK.describe(label, labels.names) for label in labels.values] == ["b", "a", "", "b"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([str(number / 7) for number in range(60)], "predict the number itself with task = regression"),
        (['["a", "b"]', '["b"]'] * 10, "holds lists.*choose task = multilabel"),
        ([f"tag{number}|tag{number + 1}" for number in range(60)], "choose task = multilabel if a cell holds"),
    ],
)
def test_another_task_is_named_where_it_would_fit(cells, message):
    """It is never chosen silently."""
    with pytest.raises(DatasetError, match=message):
        TASK.read(column(*cells), Limits())


@pytest.mark.parametrize(
    ("examples", "message"),
    [(("1.5", "2.25"), "choose task = regression"), (("a|b", "c|d"), "choose task = multilabel")],
)
def test_a_summary_is_enough_to_name_it(examples, message):
    """Before anything is read."""
    with pytest.raises(SpecError, match=message):
        TASK.check_summary("kind", distinct=90, labelled=100, examples=examples)


def test_numbered_and_joined_classes_earn_a_hint(labelled_texts):
    """As a warning; the task stays what was asked for."""
    numbers = profile(labelled_texts([str(number / 2) for number in range(5)] * 8))
    assert any("predict the number itself with task = regression" in text for text in numbers.warnings)
    digits = profile(labelled_texts([str(number) for number in range(10)] * 4))
    assert not any("regression" in text for text in digits.warnings)
    joined = profile(labelled_texts(["red|blue", "blue", "red|green"] * 10))
    assert any("task = multilabel" in text for text in joined.warnings)
