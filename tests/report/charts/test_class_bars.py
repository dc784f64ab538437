"""Stacked bars of classes."""

from automl_tl.report.charts.class_bars import class_bars

PARTS = ("train", "test")


def test_totals_and_parts_are_shown():
    """A class that one part lacks is drawn all the same."""
    made = class_bars({"train": {"a": 3, "b": 1}, "test": {"a": 2}}, PARTS)
    assert "a, train: 3" in made
    assert "a, test: 2" in made
    assert "b, test" not in made
    assert ">5</text>" in made


def test_many_classes_show_the_largest():
    """Thirty of forty."""
    made = class_bars({"train": {f"c{i:02d}": i + 1 for i in range(40)}}, PARTS)
    assert "c39" in made
    assert "c05" not in made
    assert "40 classes" in made
