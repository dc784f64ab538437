"""How a column becomes groups."""

import numpy as np
import pytest

from automl_tl.data.groups import group_values


def test_plain_values_are_sorted_and_blanks_unknown():
    """Few values stay as they are."""
    groups = group_values(["b", "a", "", "b", " "])
    assert groups.names == ("a", "b")
    assert groups.codes.tolist() == [1, 0, -1, 1, -1]
    assert (groups.unknown, groups.note) == (2, "")


def test_few_numbers_are_categories():
    """A 0/1 column is not continuous."""
    assert group_values(["0", "1", "1"]).names == ("0", "1")


def test_many_numbers_are_cut_at_their_quartiles_and_it_is_said():
    """Ages 0..99 give four groups of 25, named by their range."""
    groups = group_values([str(age) for age in range(100)] + [""])
    assert groups.names == ("0 to 24", "25 to 49", "50 to 74", "75 to 99")
    assert [(groups.codes == g).sum() for g in range(4)] == [25, 25, 25, 25]
    assert groups.unknown == 1
    assert "cut into 4 groups" in groups.note


def test_skewed_numbers_never_make_an_empty_group():
    """Where quantiles coincide there are fewer groups, and nobody calls them equal."""
    groups = group_values(["0"] * 30 + ["5"] * 30 + [str(i) for i in range(10, 51)])
    assert groups.names == ("0 to 5", "10 to 25", "26 to 50")
    assert np.bincount(groups.codes).tolist() == [60, 16, 25]
    assert "about equal size" not in groups.note
    even = group_values([str(i) for i in range(100)])
    assert "about equal size" in even.note


@pytest.mark.parametrize("veiled", [False, True])
def test_a_number_that_most_rows_share_is_a_group_of_its_own(veiled):
    """Prior convictions: four of five have none, and quartiles cut nothing; the same with a common maximum."""
    zeros = group_values(["0"] * 800 + [str(1 + i % 15) for i in range(200)] + [""], veiled=veiled)
    assert zeros.names == ("0", "above 0")
    assert np.bincount(zeros.codes + 1).tolist() == [1, 800, 200]
    assert zeros.note == "a number with many values that is often 0: cut into 2 groups there"
    full = group_values(["40"] * 160 + [str(i % 40) for i in range(40)], veiled=veiled)
    assert full.names == ("below 40", "40")
    assert np.bincount(full.codes).tolist() == [40, 160]
    both = group_values(["0"] * 40 + [str(i) for i in range(1, 11)] + ["99"] * 70, veiled=veiled)
    assert both.names == ("below 99", "99")


def test_any_number_has_its_group():
    """As the column's own numbers were cut; words have none."""
    ages = group_values([str(age) for age in range(100)])
    assert [ages.of_number(age) for age in (-3, 24, 25, 74, 75, 500)] == [0, 0, 1, 2, 3, 3]
    full = group_values(["40"] * 160 + [str(i % 30) for i in range(40)])
    assert [full.of_number(age) for age in (29, 39.5, 40, 41)] == [0, 0, 1, 1]
    assert full.of_number(float("nan")) == -1
    assert group_values(["a", "b"]).of_number(1.0) == -1


def test_many_values_are_pooled():
    """Of 25 hospitals the 20 largest stay; nobody disappears."""
    values = [f"h{i:02d}" for i in range(25) for _ in range(25 - i)]
    groups = group_values(values)
    assert len(groups.names) == 21
    assert groups.names[-1] == "other (5 rare values pooled)"
    assert (groups.codes == 20).sum() == 1 + 2 + 3 + 4 + 5
    assert "25 different values" in groups.note


def test_a_column_without_values_has_no_groups():
    """Everything is unknown."""
    groups = group_values(["", ""])
    assert (groups.names, groups.unknown) == ((), 2)


def test_veiled_groups_of_few_rows_are_numbered():
    """Whose row it is cannot be read from a name; what ten rows share keeps its name, and so does the pool."""
    groups = group_values(["ann"] * 10 + ["bob"] * 9 + ["cy"] + [""], veiled=True)
    assert groups.names == ("ann", "a value with few rows (1)", "a value with few rows (2)")
    assert [(groups.codes == g).sum() for g in range(3)] == [10, 9, 1]
    many = group_values([f"h{i:02d}" for i in range(25)], veiled=True)
    assert not any("h0" in name or "h1" in name for name in many.names)
    assert len(set(many.names)) == 21
    assert many.names[-1] == "other (5 rare values pooled)"


def test_veiled_ranges_of_numbers_are_open():
    """Neither the youngest nor the oldest is told."""
    assert group_values([str(age) for age in range(3, 103)], veiled=True).names == (
        "up to 27",
        "28 to 52",
        "53 to 77",
        "78 and more",
    )
    assert group_values(["7." + "0" * zeros for zeros in range(11)], veiled=True).names == ("all numbers",)


def test_values_of_ten_rows_stay_apart_however_many():
    """Fifty states of ten rows; a value of nine is pooled, and a hundred are the most there is time for."""
    states = [f"s{i % 50:02d}" for i in range(500)]
    assert (len(group_values(states).names), group_values(states).note) == (50, "")
    groups = group_values([*states, *["t"] * 9])
    assert groups.names[-1] == "other (1 rare values pooled)"
    assert (groups.pools, groups.pooled) == ((50,), (9,))
    crowd = group_values([f"v{i % 120}" for i in range(4800)])
    assert crowd.names[-1] == "other (20 values pooled)"
    assert crowd.pooled == (40,) * 20


def test_known_values_without_a_row_are_groups():
    """Last, so that the others keep their places; blanks are no value."""
    groups = group_values(["b", "a", "", "b"], elsewhere={"b": 9, "a": 1, " z ": 3, "c": 1, "": 4})
    assert groups.names == ("a", "b", "c", "z")
    assert groups.codes.tolist() == [1, 0, -1, 1]
    assert groups.note == ""


def test_numbers_without_a_row_are_no_groups():
    """Neither beside ranges nor where only the whole column would be cut."""
    ages = {str(age): 20 for age in range(100)}
    assert len(group_values([str(age) for age in range(50)], elsewhere={**ages, "unknown": 30}).names) == 4
    assert group_values(["3", "4"], elsewhere=ages).names == ("3", "4")


def test_of_many_values_without_a_row_the_frequent_ones_are_named():
    """A column of names must not fill a table; categories that somebody declared have no count."""
    elsewhere = {f"n{i:02d}": 10 if i == 7 else 2 for i in range(30)}
    groups = group_values(["a", "b"] * 20, elsewhere={**elsewhere, "declared": 0})
    assert groups.names == ("a", "b", "declared", "n07")
    assert groups.note == "29 further values of the data set have no row here"


def test_veiled_values_without_a_row_are_named_only_where_ten_rows_share_them():
    """A training row's cell is as private as a test row's."""
    groups = group_values(["a", "b"] * 20, veiled=True, elsewhere={"ann": 1, "bob": 9, "c": 10, "d": 0})
    assert groups.names == ("a", "b", "c")
    assert not any(name in groups.note for name in ("ann", "bob"))
