"""Combinations of attributes."""

from automl_tl.data.groups import group_values
from automl_tl.fairness.intersections import JOINT, intersections, not_combined


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


def test_every_combination_of_ten_rows_stands_apart_and_rare_ones_are_pooled():
    """Six by six; with nine rows each most of them could not be tested."""
    for rows, groups, note in ((10, 36, ""), (9, 21, "36 different values")):
        values = [str(i % 6) for i in range(36 * rows)], [str(i // 6 % 6) for i in range(36 * rows)]
        joint = intersections(columns(a=list(values[0]), b=list(values[1])))[f"a{JOINT}b"]
        assert len(joint.names) == groups
        assert note in joint.note


def test_six_by_six_fit_into_any_report():
    """Many rates and many pairs leave each fewer groups, but never fewer than these."""
    values = columns(**{name: [str(i // 6**k % 6) for i in range(46_656)] for k, name in enumerate("abcdef")})
    assert {len(joint.names) for joint in intersections(values, rates=500).values()} == {36}


def test_many_combinations_share_the_room_of_a_report():
    """Thirty by four of ten rows: the values that have no room are pooled, and each of them could be judged."""
    values = columns(a=[f"g{i % 30}" for i in range(3600)], b=[f"h{i // 30 % 4}" for i in range(3600)])
    (joint,) = intersections(values, rates=200).values()
    assert (len(joint.names), joint.pools, joint.pooled) == (61, (60,), (30,) * 60)
    (whole,) = intersections(values).values()
    assert (len(whole.names), len(whole.pooled)) == (101, 20)


def test_a_combination_with_pooled_values_is_made_of_pooled_values():
    """Nobody judged those 21 values, neither alone nor with the sexes, nor those that are pooled with them."""
    names = ["big"] * 400 + [f"r{i % 40}" for i in range(80)]
    values = columns(a=names, b=["f", "m"] * 240)
    (joint,) = intersections(values).values()
    pooled = {joint.names[place] for place in joint.pools}
    assert pooled == {name for name in joint.names if "pooled" in name}
    assert len(pooled) == 3


def test_many_attributes_are_limited():
    """Of ten, the pairs of the first six."""
    assert len(intersections(columns(**{name: ["x"] for name in "abcdefghij"}))) == 15


def test_what_is_not_combined_is_said():
    """Attributes beyond the sixth by name, and that of more than three only pairs are formed."""
    assert not_combined("abc") == ()
    (pairs,) = not_combined("abcd")
    assert "only pairs" in pairs
    left_out, pairs = not_combined("abcdefgh")
    assert "the first 6 of 8 attributes; “g”, “h” are in none" in left_out
    assert "“g” is in none" in not_combined("abcdefg")[0]


def test_veiled_combinations_of_few_rows_are_numbered():
    """Two values that many rows have can meet in one."""
    pair = columns(a=["x"] * 12 + ["y"] * 12, b=["u"] * 11 + ["v"] * 13)
    (joint,) = intersections(pair, veiled=True).values()
    assert joint.names == (f"x{JOINT}u", "a value with few rows (1)", f"y{JOINT}v")
