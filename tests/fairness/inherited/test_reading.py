"""Another class, another set of labels, another number."""

import numpy as np
import pytest

from automl_tl.fairness.inherited.reading import CLASSES, Reading


def test_classes_change_with_the_most_probable_one():
    """The usual class is the most frequent one of the row."""
    table = np.array([[[0.9, 0.1], [0.6, 0.4], [0.4, 0.6]]])
    decided = CLASSES.decided(CLASSES.scaled(table))
    assert CLASSES.usual(decided).tolist() == [[[0]]]
    assert CLASSES.changed(decided, CLASSES.usual(decided)).tolist() == [[False, False, True]]


def test_sets_of_labels_change_with_any_label():
    """Each label has its own threshold; one half where none is said."""
    table = np.array([[[0.3, 0.6], [0.3, 0.4], [0.6, 0.6]]])
    own, half = Reading("multilabel", (0.2, 0.5)), Reading("multilabel")
    assert own.decided(table).tolist() == [[[1, 1], [1, 0], [1, 1]]]
    assert own.changed(own.decided(table), own.usual(own.decided(table))).tolist() == [[False, True, False]]
    assert half.changed(half.decided(table), half.usual(half.decided(table))).tolist() == [[False, True, True]]


def test_numbers_change_by_more_than_a_fifth_of_a_standard_deviation():
    """Whatever the unit of the target."""
    table = np.array([[[5000.0], [5010.0], [5030.0]]])
    reading = Reading("regression", unit=100.0)
    decided = reading.decided(reading.scaled(table))
    assert reading.changed(decided, reading.usual(decided)).tolist() == [[False, False, False]]
    finer = Reading("regression", unit=60.0)
    decided = finer.decided(finer.scaled(table))
    assert finer.changed(decided, finer.usual(decided)).tolist() == [[False, False, True]]


@pytest.mark.parametrize(
    ("reading", "told"), [(CLASSES, "+12 points"), (Reading("regression"), "+12 % of a standard deviation")]
)
def test_moves_are_told_in_their_unit(reading, told):
    """Points of probability, or shares of the spread."""
    assert reading.words(0.12, signed=True) == told
