"""One random row of each unit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from automl_tl.data.dataset import Dataset, Split, TargetData
from automl_tl.data.units import one_row_each, rows_of_units


def target(group_by: str) -> TargetData:
    names = tuple(f"r{row}" for row in range(30))
    patients = tuple(f"p{row // 5}" for row in range(30))
    dataset = Dataset("text", "0" * 64, Path(), names, names, {"patient": patients})
    split = Split(np.arange(10), np.arange(10, 20), np.arange(20, 30))
    return TargetData(dataset, "classification", "label", ("a", "b"), np.arange(30) % 2, split, group_by=group_by)


def test_every_unit_has_one_place_and_which_one_is_chance():
    """The same seed draws the same; over many seeds every place of a unit is drawn as often."""
    groups = ["b"] * 4 + ["a"] + ["c"] * 2
    kept = one_row_each(groups, seed=3)
    assert [groups[place] for place in kept] == ["b", "a", "c"]
    np.testing.assert_array_equal(kept, one_row_each(groups, seed=3))
    firsts = [one_row_each(groups, seed=seed)[0] for seed in range(2000)]
    assert all(400 < firsts.count(place) < 600 for place in range(4))


def test_places_without_a_name_are_one_unit():
    """As in the split and where intervals resample groups."""
    assert len(one_row_each(["", "a", "", "b", ""], seed=0)) == 3


def test_rows_of_a_part_are_thinned_where_they_belong_together():
    """Dataset rows in their order; without a column all of them."""
    rows = target("patient").split.test
    kept = rows_of_units(target("patient"), rows, seed=0)
    assert [row // 5 for row in kept] == [4, 5]
    np.testing.assert_array_equal(rows_of_units(target(""), rows, seed=0), rows)
