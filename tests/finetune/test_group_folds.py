"""Groups are whole, whatever their number and that of the rows of a class."""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tl.finetune.group_folds import group_folds, mostly_single, stratified_folds


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), min_size=1, max_size=40),
    st.integers(2, 6),
    st.integers(0, 9),
)
def test_every_group_is_in_one_fold_and_nothing_fails(rows, folds, seed):
    labels, groups = (np.array(column) for column in zip(*rows, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assignment = group_folds(labels, folds, seed, groups)
    assert all(len(set(assignment[groups == group])) == 1 for group in set(groups.tolist()))
    assert assignment.max() < min(folds, len(set(groups.tolist())))
    alone = len(set(groups.tolist())) < 2 or np.bincount(labels).max() < 2
    assert (assignment == -1).all() if alone else (assignment >= 0).all()


def test_names_and_their_numbers_give_the_same_folds():
    labels, numbers = np.arange(40) % 2, np.arange(40) // 4
    names = [f"patient {number}" for number in numbers]
    np.testing.assert_array_equal(group_folds(labels, 3, 0, names), group_folds(labels, 3, 0, numbers))


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 5), st.integers(0, 9), st.integers(0, 12))
def test_folds_of_rows_keep_a_few_copies_together(folds, seed, copies):
    """Classes stay as even as they were dealt, but for the copies; a row that is never held out keeps its copy."""
    labels = np.append(np.arange(80) % 4, 4)
    groups = np.arange(81)
    groups[40 : 40 + copies] = groups[:copies]
    groups[80] = groups[39]
    assert mostly_single(groups)
    alone, assignment = stratified_folds(labels, folds, seed), stratified_folds(labels, folds, seed, groups)
    assert all(len(set(assignment[groups == group])) == 1 for group in set(groups.tolist()))
    assert assignment[80] == assignment[39] == -1
    assert (assignment[:80] >= 0).sum() == 79
    assert (assignment[:80] != alone[:80]).sum() <= copies + 1


def test_groups_of_many_rows_are_not_mostly_single():
    assert not mostly_single([f"patient {row // 2}" for row in range(40)])
