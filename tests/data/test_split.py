"""Train, validation and test."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tl.data.dataset import PARTS
from automl_tl.data.split import SplitPlan, draw_split, obey_split
from automl_tl.errors import DatasetError

NAMES = ("a", "b", "c")


def obey(cells, labels, **options):
    row_ids = tuple(str(number) for number in range(1, len(cells) + 1))
    return obey_split(cells, np.array(labels), column="split", class_names=NAMES, row_ids=row_ids, **options)


def parts_of(split):
    return {part: split.part(part).tolist() for part in PARTS}


@settings(max_examples=50)
@given(st.tuples(*[st.integers(3, 30)] * 3), st.integers(0, 4), st.integers(0, 9))
def test_a_drawn_split_divides_the_labelled_rows_and_shows_every_class_everywhere(counts, unlabelled, seed):
    """Disjoint, complete, sorted, and no class is missing in any part."""
    labels = np.array([label for label, count in enumerate(counts) for _ in range(count)] + [-1] * unlabelled)
    labels = np.random.default_rng(seed).permutation(labels)
    split = draw_split(labels, class_names=NAMES, plan=SplitPlan(seed=seed))
    rows = np.concatenate([split.part(part) for part in PARTS])
    assert sorted(rows.tolist()) == np.flatnonzero(labels >= 0).tolist()
    for part in PARTS:
        assert split.part(part).dtype == np.int64
        assert np.all(np.diff(split.part(part)) > 0)
        assert set(labels[split.part(part)].tolist()) == {0, 1, 2}


def test_shares_are_those_of_the_plan():
    """Of 300 rows a fifth is tested, and a fifth of the rest validates."""
    split = draw_split(np.tile([0, 1, 2], 100), class_names=NAMES)
    assert [len(split.part(part)) for part in PARTS] == [192, 48, 60]
    assert split.source == "drawn"


def test_the_seed_decides_and_the_validation_share_does_not_touch_the_test_part():
    """The same seed gives the same split; another gives another."""
    labels = np.tile([0, 1, 2], 40)
    one, other = (
        draw_split(labels, class_names=NAMES, plan=SplitPlan(fraction, 0.2, seed=3)) for fraction in (0.2, 0.3)
    )
    again = draw_split(labels, class_names=NAMES, plan=SplitPlan(0.2, 0.2, seed=3))
    assert parts_of(one) == parts_of(again)
    assert one.test.tolist() == other.test.tolist()
    assert draw_split(labels, class_names=NAMES, plan=SplitPlan(seed=4)).test.tolist() != one.test.tolist()


def test_a_class_too_small_to_split_is_named():
    """With its count and what to do."""
    with pytest.raises(DatasetError, match=r"class 'b' has 2 examples.*at least 3.*add examples, merge"):
        draw_split(np.array([0] * 9 + [1] * 2 + [2] * 9), class_names=NAMES)


def test_groups_never_cross_parts():
    """Twelve drawers with every class each."""
    labels = np.tile([0, 1, 2], 60)
    groups = [f"drawer{number // 15}" for number in range(180)]
    split = draw_split(labels, class_names=NAMES, groups=groups)
    homes = [{groups[row] for row in split.part(part)} for part in PARTS]
    assert sum(map(len, homes)) == len(set().union(*homes)) == 12
    assert all(homes)


def test_too_few_groups_are_told():
    """Two groups cannot fill three parts; one group per class cannot be tested."""
    with pytest.raises(DatasetError, match="fewer than 3 groups"):
        draw_split(np.tile([0, 1, 2], 10), class_names=NAMES, groups=["x", "y"] * 15)
    labels = np.repeat([0, 1, 2], 10)
    with pytest.raises(DatasetError, match="a test part cannot be drawn: no group can be spared"):
        draw_split(labels, class_names=NAMES, groups=[NAMES[label] for label in labels])


def test_a_column_is_obeyed_to_the_letter():
    """In any of its words."""
    cells = ["train", "Training", "val", "TEST", "train", "dev", "test"]
    split = obey(cells, [0, 1, 0, 1, -1, 1, 0])
    assert parts_of(split) == {"train": [0, 1], "validation": [2, 5], "test": [3, 6]}
    assert split.source == "column:split"


def test_a_missing_validation_part_is_carved_from_train():
    """The test part is untouched, and every class stays in train."""
    split = obey(["train"] * 20 + ["test"] * 5, [0] * 10 + [1] * 10 + [0] * 5)
    assert split.test.tolist() == [20, 21, 22, 23, 24]
    assert len(split.validation) == 4
    assert set(np.concatenate([split.train, split.validation]).tolist()) == set(range(20))


def test_missing_parts_are_drawn_from_train():
    """A column that only says train is what some exports carry."""
    split = obey(["train"] * 30, [0, 1, 2] * 10)
    assert [len(split.part(part)) for part in PARTS] == [19, 5, 6]


def test_a_test_part_without_labels_counts_as_missing():
    """Competitions keep the test labels for themselves."""
    split = obey(["train"] * 30 + ["test"] * 5, [0, 1, 2] * 10 + [-1] * 5)
    assert len(split.test) == 6
    assert max(split.test) < 30


@pytest.mark.parametrize(
    ("cells", "labels", "message"),
    [
        (["train", "fold1"], [0, 1], r"row 2, column 'split': 'fold1' names no part; write one of train: train"),
        (["train", ""], [0, 1], "row 2, column 'split': '' names no part"),
        (["test", "test", "val"], [0, 1, 0], r"marks no labelled row train \(marked: 1 validation, 2 test\)"),
        (["train", "test", "test"], [0, 0, 1], "class 'b' occurs in test but not in train"),
        (["train", "val", "test"], [0, 1, 0], "class 'b' occurs in validation but not in train"),
        (["train", "train", "test"], [0, 1, 0], "a validation part cannot be drawn: no class has more than 1"),
    ],
)
def test_a_column_that_cannot_be_obeyed_is_one_clear_error(cells, labels, message):
    """Row, class or part are named."""
    with pytest.raises(DatasetError, match=message):
        obey(cells, labels)


def test_a_column_that_cuts_a_group_is_refused():
    """Otherwise group_by would be a promise that nobody keeps."""
    with pytest.raises(DatasetError, match="puts the group 'x' into train and test"):
        obey(["train", "train", "test"], [0, 1, 0], groups=["x", "y", "x"])


@pytest.mark.parametrize("fractions", [(0.0, 0.2), (0.2, 0.5), (0.2, -0.1)])
def test_fractions_are_bounded(fractions):
    """Half of the rows or more would leave too little to learn from."""
    with pytest.raises(DatasetError, match=r"must lie between 0 and 0\.5"):
        SplitPlan(*fractions)
