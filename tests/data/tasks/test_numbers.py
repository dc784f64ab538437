"""Cells that are numbers."""

import math

import numpy as np
import pytest

from automl_tl.data.tasks.numbers import as_number, read_numbers
from automl_tl.errors import DatasetError


@pytest.mark.parametrize(
    ("cell", "number"), [("3.5", 3.5), ("-2e3", -2000.0), ("7", 7.0), ("1_000", None), ("x", None)]
)
def test_plain_numbers_are_read(cell, number):
    """Underscores are for programmers."""
    assert as_number(cell) == number


def test_empty_cells_are_missing():
    """And nothing else is."""
    found = read_numbers(["1.5", "", "-2"], "price", ["1", "2", "3"])
    assert found[0] == 1.5
    assert math.isnan(found[1])
    assert found.dtype == np.float64


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1", "cheap", "dear"], r"row b, column 'price': 'cheap' is not a number; .*plain numbers.*1 more such"),
        (["1", "3,5"], "write a decimal point: 3.5"),
        (["1", "nan"], "'nan' is not finite; leave the cell empty"),
        (["inf", "1"], "row a, .*'inf' is not finite"),
        (["1", "12 EUR"], "without units"),
        (["1", "x" * 500], r"'x{60}\.\.\.' is not a number"),
    ],
)
def test_other_cells_are_refused_with_their_row(cells, message):
    """The way out is told."""
    with pytest.raises(DatasetError, match=message) as caught:
        read_numbers(cells, "price", ["a", "b", "c"][: len(cells)])
    assert caught.value.field == "target"
