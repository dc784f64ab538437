"""Combinations of attributes."""

from automl_tl.data.groups import group_values
from automl_tl.fairness.intersections import JOINT, intersections


def columns(**values):
    return {name: group_values(column) for name, column in values.items()}


def test_all_pairs_and_the_three_together():
    """Two give one, three give three and one."""
    pair = intersections(columns(a=["x", "y"], b=["p", "q"]))
    assert list(pair) == [f"a{JOINT}b"]
    assert pair[f"a{JOINT}b"].names == (f"x{JOINT}p", f"y{JOINT}q")
    three = intersections(columns(a=["x"], b=["p"], c=["1"]))
    assert list(three) == [f"a{JOINT}b", f"a{JOINT}c", f"b{JOINT}c", f"a{JOINT}b{JOINT}c"]
    assert intersections(columns(a=["x"])) == {}


def test_unknown_in_one_is_unknown_in_both():
    """And counted."""
    joint = intersections(columns(a=["x", "", "y"], b=["p", "q", ""]))[f"a{JOINT}b"]
    assert joint.unknown == 2


def test_many_combinations_are_pooled_and_it_is_said():
    """Six by six."""
    values = [str(i % 6) for i in range(360)], [str(i // 6 % 6) for i in range(360)]
    joint = intersections(columns(a=list(values[0]), b=list(values[1])))[f"a{JOINT}b"]
    assert len(joint.names) == 21
    assert "36 different values" in joint.note


def test_many_attributes_are_limited():
    """Of ten, the pairs of the first six."""
    assert len(intersections(columns(**{name: ["x"] for name in "abcdefghij"}))) == 15


def test_veiled_combinations_of_few_rows_are_numbered():
    """Two values that many rows have can meet in one."""
    pair = columns(a=["x"] * 12 + ["y"] * 12, b=["u"] * 11 + ["v"] * 13)
    (joint,) = intersections(pair, veiled=True).values()
    assert joint.names == (f"x{JOINT}u", "a value with few rows (1)", f"y{JOINT}v")
