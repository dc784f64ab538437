"""Carving rows and groups out of a set."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tl.data.carve import carve_groups, carve_members, carve_rows

label_lists = st.lists(st.integers(0, 4), min_size=4, max_size=80)


@given(label_lists, st.floats(0.05, 0.45), st.integers(0, 5), st.integers(1, 2))
def test_every_class_gives_its_share(labels, fraction, seed, keep):
    """Within one row of the exact share; at least one where the class can spare it; ``keep`` stay behind."""
    labels = np.array(labels)
    chosen = carve_rows(labels, fraction, np.random.default_rng(seed), keep=keep)
    for label, count in enumerate(np.bincount(labels)):
        taken = int(chosen[labels == label].sum())
        spare = max(0, count - keep)
        assert taken <= spare
        assert taken >= min(1, spare)
        assert abs(taken - min(fraction * count, spare)) <= 1 or taken == 1


def test_the_total_is_right():
    """Ten classes of 7 rows: a fifth of 70 is 14, though a fifth of 7 is no whole number."""
    labels = np.repeat(np.arange(10), 7)
    assert carve_rows(labels, 0.2, np.random.default_rng(0)).sum() == 14


@settings(max_examples=50)
@given(label_lists, st.integers(1, 12), st.floats(0.1, 0.45), st.integers(0, 5))
def test_groups_stay_whole_and_no_class_is_lost(labels, n_groups, fraction, seed):
    """Every class keeps at least one row behind, whatever the groups."""
    labels = np.array(labels)
    groups = [f"g{number % n_groups}" for number in range(len(labels))]
    chosen = carve_groups(labels, groups, fraction, np.random.default_rng(seed))
    taken = {group for group, flag in zip(groups, chosen, strict=True) if flag}
    left = {group for group, flag in zip(groups, chosen, strict=True) if not flag}
    assert not taken & left
    assert set(labels[~chosen]) == set(labels)


def test_groups_of_like_size_give_the_share():
    """20 patients with 10 rows each of two classes: a fifth is 4 patients, both classes seen."""
    labels = np.tile([0, 0, 0, 1, 1], 40)
    groups = [f"p{number // 10}" for number in range(200)]
    chosen = carve_groups(labels, groups, 0.2, np.random.default_rng(0))
    assert chosen.sum() == 40
    assert np.bincount(labels[chosen]).tolist() == [24, 16]


def test_groups_of_one_class_each_are_drawn_for_every_class():
    """Patients are ill or well: both kinds are needed in both parts."""
    labels = np.repeat([0, 1], 30)
    groups = [f"p{number // 5}" for number in range(60)]
    chosen = carve_groups(labels, groups, 0.2, np.random.default_rng(0))
    assert np.bincount(labels[chosen]).tolist() == [5, 5]


def test_nothing_is_carved_where_every_group_is_needed():
    """One group per class: none can be spared."""
    labels = np.repeat([0, 1, 2], 4)
    assert not carve_groups(labels, [str(label) for label in labels], 0.3, np.random.default_rng(0)).any()


@settings(max_examples=30, deadline=None)
@given(st.integers(12, 60), st.integers(2, 5), st.floats(0.1, 0.4), st.integers(0, 50))
def test_rows_with_several_labels_leave_none_of_them_behind_empty(n, labels, fraction, seed):
    """Whatever is carved out, every label keeps a row; the size is about right."""
    members = np.random.default_rng(seed).random((n, labels)) < 0.4
    chosen = carve_members(members, None, fraction, np.random.default_rng(seed))
    assert 0 < chosen.sum() < n
    assert (members[~chosen].any(axis=0) == members.any(axis=0)).all()
    assert abs(chosen.sum() - fraction * n) <= 0.15 * n + 2


def test_ranges_need_not_be_spared():
    """Each group is the only one of its range; three of them can go nevertheless."""
    labels = np.repeat(np.arange(10), 5)
    groups = [f"g{label}" for label in labels]
    rng = np.random.default_rng(0)
    assert not carve_groups(labels, groups, 0.3, rng).any()
    assert carve_groups(labels, groups, 0.3, rng, spare_classes=False).sum() == 15
