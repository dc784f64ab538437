"""Copies of an input lie in one part."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tl.data.copies import content_numbers, keep_copies_together
from automl_tl.data.dataset import PARTS, Dataset, Split
from automl_tl.data.split import SplitPlan, draw_split
from automl_tl.data.tasks.base import Strata
from automl_tl.errors import DatasetError

DRAWN = ("validation", "test")


def strata_of(labels, members=None):
    return Strata(np.asarray(labels), tuple(map(str, range(int(np.max(labels)) + 1))), members)


def joined(labels, numbers, *, seed=0, validation=0.2, groups=None):
    """Return the split as drawn by row, and with copies together."""
    strata, plan = strata_of(labels), SplitPlan(validation, 0.2, seed)
    split = draw_split(strata.codes, class_names=strata.names, plan=plan, groups=groups)
    numbers = np.asarray(numbers)
    return split, keep_copies_together(split, numbers, strata, drawn=DRAWN, groups=groups, seed=seed)


def homes(split, names):
    return [{names[row] for row in split.part(part).tolist()} for part in PARTS]


def crosses(split, names):
    found = homes(split, names)
    return sum(map(len, found)) != len(set().union(*found))


def test_equal_inputs_have_one_number(tmp_path):
    """As the modality sees them: letter case and white space make no difference to texts."""
    dataset = Dataset("text", "0" * 64, tmp_path, ("a b", "c", "A  b", "a b"), tuple("1234"), {})
    assert content_numbers(dataset, np.array([0, 1, 2])).tolist() == [0, 1, 0, -1]


def test_without_copies_nothing_moves():
    """The split is the one that was drawn."""
    split, same = joined([0, 1, 2] * 20, np.arange(60))
    assert same is split


def test_rows_without_a_copy_elsewhere_stay_where_they_are():
    """A few copies leave the split of all other rows as it is."""
    numbers = np.arange(300)
    numbers[200:220] = numbers[:20]
    before, after = joined([0, 1, 2] * 100, numbers)
    alone = set(range(20, 200)) | set(range(220, 300))
    assert not crosses(after, numbers)
    for part in PARTS:
        assert set(before.part(part).tolist()) & alone == set(after.part(part).tolist()) & alone
        assert len(before.part(part)) == pytest.approx(len(after.part(part)), abs=2)


@settings(max_examples=50, deadline=None)
@given(st.integers(12, 60), st.integers(1, 6), st.integers(0, 99))
def test_parts_share_no_input_and_train_has_every_class(inputs, copies, seed):
    """Whatever is repeated how often, with whatever labels; no row is lost."""
    rng = np.random.default_rng(seed)
    numbers = rng.integers(0, inputs, copies * inputs)
    labels = np.concatenate([rng.integers(0, 3, copies * inputs), [0, 1, 2] * 3])
    numbers = np.concatenate([numbers, inputs + np.arange(9)])
    _, after = joined(labels, numbers, seed=seed)
    assert not crosses(after, numbers)
    assert sorted(np.concatenate([after.part(part) for part in PARTS]).tolist()) == list(range(len(labels)))
    assert set(labels[after.train].tolist()) == {0, 1, 2}
    assert all(np.all(np.diff(after.part(part)) > 0) for part in PARTS)
    assert np.array_equal(after.test, joined(labels, numbers, seed=seed, validation=0.3)[1].test)


def test_a_class_of_one_repeated_input_stays_in_train():
    """It cannot be measured without having been learnt."""
    labels = [0] * 30 + [1] * 10
    _, split = joined(labels, [*range(30), *[30] * 10])
    assert set(range(30, 40)) <= set(split.train.tolist())
    assert len(split.test) == pytest.approx(6, abs=2)


def test_a_class_of_two_repeated_inputs_is_tested():
    """Too many rows of it in the test part are better than none."""
    labels = np.array([0] * 60 + [1] * 40)
    _, split = joined(labels, [*range(60), *[60] * 20, *[61] * 20])
    assert (labels[split.test] == 1).sum() == (labels[split.train] == 1).sum() == 20


@pytest.mark.parametrize(
    ("numbers", "part"), [([0] * 30, "test"), ([0] * 15 + [1] * 15, "validation"), ([0, 1] * 15, "test")]
)
def test_too_few_different_inputs_are_told(numbers, part):
    """All rows identical, two inputs, one input for each class."""
    labels = [0] * 30 if numbers[1] == 1 else [0, 0, 1] * 10
    labels = [0, 1] * 15 if numbers == [0, 1] * 15 else labels
    with pytest.raises(DatasetError, match=f"a {part} part cannot be drawn: copies of an input belong to one"):
        joined(labels, numbers)


def test_rows_of_a_stated_part_are_not_moved():
    """And a class that train needs is not tested, although the stated validation part has it."""
    labels, numbers = np.array([0] * 20 + [1] * 4 + [0, 1]), [*range(20), 20, 20, 20, 20, 21, 22]
    rows = np.arange(26)
    split = Split(np.setdiff1d(rows, [3, 20, 24, 25]), rows[24:], np.array([3, 20]), "column:part")
    after = keep_copies_together(split, np.array(numbers), strata_of(labels), drawn=("test",))
    assert after.validation.tolist() == [24, 25]
    assert after.source == "column:part"
    assert after.test.tolist() == [3]


def test_sets_of_labels_keep_their_shares():
    """Each row counts for every label that it has."""
    rng = np.random.default_rng(0)
    members = rng.random((200, 3)) < [0.5, 0.3, 0.1]
    members, numbers = np.tile(members, (2, 1)), np.tile(np.arange(200), 2)
    strata = Strata(np.zeros(400, dtype=np.int64), ("a", "b", "c"), members)
    split = draw_split(strata.codes, class_names=strata.names, members=members)
    after = keep_copies_together(split, numbers, strata, drawn=DRAWN)
    assert not crosses(after, numbers)
    for label in range(3):
        assert members[after.test, label].sum() == pytest.approx(members[:, label].sum() / 5, abs=3)


def test_copies_join_the_groups_that_they_lie_in():
    """Neither a group nor an input crosses parts."""
    groups = [f"g{row // 5}" for row in range(300)]
    numbers = np.arange(300)
    numbers[::50] = numbers[7::50]
    before, after = joined([0, 1, 2] * 100, numbers, groups=groups)
    assert crosses(before, numbers)
    assert not crosses(after, numbers)
    assert not crosses(after, groups)


def test_groups_that_copies_chain_together_are_kept_as_they_are():
    """A text that everybody writes would leave nothing to test on."""
    groups = [f"g{row // 5}" for row in range(300)]
    numbers = np.arange(300)
    numbers[::5] = 0
    before, after = joined([0, 1, 2] * 100, numbers, groups=groups)
    assert after is before
    assert not crosses(after, groups)
