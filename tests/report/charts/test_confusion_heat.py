"""The confusion matrix as a picture and as a list."""

from automl_tl.report.charts.confusion_heat import confused_pairs, confusion_heat

MATRIX, NAMES = ((8, 2, 0), (1, 9, 0), (0, 3, 7)), ("cat", "dog", "eel")


def test_cells_are_right_or_wrong_and_empty_cells_stay_empty():
    """24 of 30 on the diagonal."""
    made = confusion_heat(MATRIX, NAMES)
    assert made.count("cell right") == 3
    assert made.count("cell wrong") == 3
    assert "24 of 30" in made
    assert "true eel, predicted dog: 3" in made


def test_a_class_without_examples_is_drawn():
    """Its row is empty."""
    assert "0 of 0" in confusion_heat(((0, 0), (0, 0)), ("a", "b"))


def test_pairs_come_most_frequent_first():
    """With the size of the true class."""
    assert confused_pairs(MATRIX, NAMES, most=2) == [("eel", "dog", 3, 10), ("cat", "dog", 2, 10)]
