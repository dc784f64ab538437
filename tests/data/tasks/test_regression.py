"""One number per row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.data.dataset import PARTS
from automl_tl.data.profile import profile
from automl_tl.data.tasks.base import target_tasks
from automl_tl.data.tasks.regression import far_outside
from automl_tl.errors import DatasetError, SpecError

TASK = target_tasks.get("regression")


def test_a_column_of_numbers_is_bound(labelled_texts):
    """The only output bears the column's name, and rows without a number belong to no part."""
    data = labelled_texts([*np.linspace(0, 1, 50), "", " "], task="regression")
    assert data.class_names == ("y",)
    assert data.labels.dtype == np.float64
    used = np.concatenate([data.split.part(part) for part in PARTS])
    assert sorted(used.tolist()) == list(range(50))


def test_parts_have_the_same_range_of_numbers(labelled_texts):
    """Stratified by quantiles, also where the tail is long."""
    numbers = np.random.default_rng(0).lognormal(0, 2, 300)
    data = labelled_texts(numbers, task="regression")
    for share in (0.1, 0.5, 0.9):
        places = [(data.labels[data.split.part(part)] <= np.quantile(numbers, share)).mean() for part in PARTS]
        assert places == pytest.approx([share] * 3, abs=0.04)


@given(st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=80))
def test_every_number_has_a_stratum_of_about_equals(numbers):
    """Whatever the numbers, and every stratum has at least five of them."""
    strata = TASK.strata(np.array([*numbers, np.nan]), ["y"])
    assert strata.codes[-1] == -1
    sizes = np.bincount(strata.codes[:-1])
    assert len(sizes) == len(strata.names)
    assert sizes.min() >= 5
    assert sizes.max() - sizes.min() <= 1


def test_groups_and_split_columns_work(labelled_texts):
    """A range of numbers that train lacks is no reason to refuse a stated split."""
    numbers = np.arange(60.0)
    groups = [f"g{number // 5}" for number in range(60)]
    data = labelled_texts(numbers, columns={"who": groups}, group_by="who", task="regression")
    homes = [{groups[row] for row in data.split.part(part)} for part in PARTS]
    assert not homes[0] & homes[1] | homes[0] & homes[2] | homes[1] & homes[2]
    stated = ["train"] * 40 + ["val"] * 10 + ["test"] * 10
    data = labelled_texts(numbers, columns={"split": stated}, task="regression")
    assert [len(data.split.part(part)) for part in PARTS] == [40, 10, 10]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([*range(20), "many"], "row 21, column 'y': 'many' is not a number"),
        ([*range(20), "inf"], "row 21, .* is not finite"),
        ([3] * 20, "all 20 rows have the value 3; there is nothing to predict"),
        ([1, 2, 3], "3 rows with a number; regression needs at least 10"),
        ([""] * 20, "0 rows with a number"),
    ],
)
def test_columns_that_cannot_be_predicted_are_refused(labelled_texts, cells, message):
    """With the row where it is one."""
    with pytest.raises(DatasetError, match=message):
        labelled_texts(cells, task="regression")


@pytest.mark.parametrize(
    ("distinct", "examples", "message"),
    [(30, ("low", "1"), "holds 'low', which is not a number"), (1, ("3",), "1 different values")],
)
def test_a_summary_is_enough_to_refuse(distinct, examples, message):
    """Before anything is read."""
    with pytest.raises(SpecError, match=message):
        TASK.check_summary("y", distinct=distinct, labelled=30, examples=examples)
    TASK.check_summary("y", distinct=30, labelled=30, examples=("1.5", "-2"))


def test_the_profile_counts_ranges(labelled_texts):
    """Up to ten equally wide ranges, quantiles per part, and values far out."""
    found = profile(labelled_texts([*np.linspace(0, 1, 60), 50.0, 60.0], task="regression"))
    assert found.part_counts == {part: sum(found.class_counts[part].values()) for part in PARTS}
    assert next(iter(found.class_counts["train"])) == "0 to 10"
    assert found.numbers["train"]["median"] == pytest.approx(0.5, abs=0.1)
    assert found.far_out == 2
    assert any("2 rows of 'y' lie far outside" in text for text in found.warnings)
    few = profile(labelled_texts([1, 2, 3] * 20, task="regression"))
    assert any("only 3 different numbers" in text for text in few.warnings)


@given(st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=40))
def test_every_number_is_counted_in_its_range(numbers):
    """Once, in one of at most ten ranges; also where they are all alike or hardly differ."""
    counts = TASK.counts(np.array([*numbers, np.nan]), ["y"])
    assert len(counts.names) <= 10
    assert counts.table[:-1].sum(axis=1).tolist() == [1] * len(numbers)
    assert not counts.table[-1].any()


def test_ranges_lie_between_round_numbers(labelled_texts):
    """Neither the youngest nor the oldest can be told from them."""
    found = profile(labelled_texts(np.linspace(18, 97, 60), task="regression"))
    assert list(found.class_counts["train"]) == [f"{low} to {low + 10}" for low in range(10, 100, 10)]
    assert sum(sum(counts.values()) for counts in found.class_counts.values()) == 60


def test_far_outside_is_tukeys_rule():
    """Three interquartile ranges beyond the quartiles; nothing where most numbers are equal."""
    numbers = np.array([*range(101), 220.0, -120.0])
    assert np.flatnonzero(far_outside(numbers)).tolist() == []
    assert np.flatnonzero(far_outside(np.append(numbers, [300.0]))).tolist() == [103]
    assert not far_outside(np.array([0.0] * 9 + [5.0])).any()


def test_numbers_are_described_shortly():
    """Ten digits that count."""
    assert [TASK.describe(value, ["y"]) for value in (1234567.0, 0.1, np.nan)] == ["1234567", "0.1", ""]
