"""How a column becomes groups."""

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
    """Where quantiles coincide there are fewer groups."""
    groups = group_values(["0"] * 90 + [str(i) for i in range(1, 12)])
    assert all((groups.codes == g).any() for g in range(len(groups.names)))
    assert groups.codes.min() == 0


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
    """Neither the youngest nor the oldest is told; a single range tells no number."""
    assert group_values([str(age) for age in range(3, 103)], veiled=True).names == (
        "up to 27",
        "28 to 52",
        "53 to 77",
        "78 and more",
    )
    assert group_values(["0"] * 90 + [str(i) for i in range(1, 12)], veiled=True).names == ("all numbers",)
