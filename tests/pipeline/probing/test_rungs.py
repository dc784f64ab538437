"""Rungs are nested, stratified and repeatable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.pipeline.probing.rungs import nested_order, rung_sizes


@given(
    counts=st.lists(st.integers(1, 60), min_size=2, max_size=8),
    seed=st.integers(0, 2**31 - 1),
    share=st.floats(0.0, 1.0),
)
def test_every_beginning_has_the_classes_in_proportion(counts, seed, share):
    """Each class has its share up to the two that begin and one of rounding."""
    labels = np.repeat(np.arange(len(counts)), counts)
    order = nested_order(np.arange(len(labels)), labels, seed=seed)
    assert sorted(order) == list(range(len(labels)))
    length = round(share * len(labels))
    found = np.bincount(labels[order[:length]], minlength=len(counts))
    if length >= 2 * len(counts):
        assert (found >= np.minimum(counts, 2)).all()
    drawn = np.minimum(counts, 2).sum()
    if length > 4 * drawn:
        assert np.abs(found - length * np.array(counts) / len(labels)).max() <= 3 + len(counts) / 4


def test_the_order_is_seeded_and_does_not_hang_on_the_order_of_the_rows():
    """The same rows give the same rungs under a later lease."""
    labels = np.arange(300) % 3
    rows = np.arange(20, 220)
    first = nested_order(rows, labels, seed=1)
    assert np.array_equal(first, nested_order(rows[::-1], labels, seed=1))
    assert not np.array_equal(first, nested_order(rows, labels, seed=2))
    assert set(first) == set(rows)


@pytest.mark.parametrize(
    ("n", "classes", "sizes"),
    [
        (80, 3, ()),
        (400, 3, (64, 128, 256)),
        (960, 10, (64, 128, 256, 512)),
        (50_000, 10, (3125, 6250, 12_500, 25_000)),
        (6000, 150, (600, 1200, 2400)),
    ],
)
def test_rungs_double_and_leave_room_for_the_whole(n, classes, sizes):
    """A sixteenth first, at least 64 and four per class; small data has none."""
    assert rung_sizes(n, classes) == sizes
