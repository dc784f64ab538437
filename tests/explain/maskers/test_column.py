"""Columns of a row."""

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.explain.maskers.column import Column

ROW = np.array([1.0, 2.0, 3.0])
BACKGROUND = np.array([[10.0, 20.0, 30.0], [11.0, 21.0, 31.0]])


def test_hidden_columns_take_the_values_of_each_other_row():
    """Two replacements per coalition, in order."""
    masker = Column(ROW, BACKGROUND, ["a", "b", "c"])
    batch = masker.batch(np.array([[True, False, True], [False, False, False]]))["columns"]
    assert batch.tolist() == [[1, 20, 3], [1, 21, 3], [10, 20, 30], [11, 21, 31]]
    assert (masker.copies, masker.baseline) == (2, "values of 2 other rows")


def test_the_numbers_of_one_category_go_together():
    """Two numbers, one feature."""
    masker = Column(ROW, BACKGROUND[:1], ["kind", "age"], groups=[0, 0, 1])
    assert masker.batch(np.array([[True, False]]))["columns"].tolist() == [[1, 2, 30]]


@pytest.mark.parametrize(
    ("background", "groups", "field"),
    [(BACKGROUND, [0, 1], "groups"), (BACKGROUND, [0, 2, 2], "groups"), (BACKGROUND[:, :2], None, "background")],
)
def test_shapes_that_do_not_fit_are_named(background, groups, field):
    """The message says which argument."""
    with pytest.raises(InvalidInput) as caught:
        Column(ROW, background, ["a", "b"] if groups else ["a", "b", "c"], groups=groups)
    assert caught.value.field == field
