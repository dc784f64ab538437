"""Bounded samples of rows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.errors import InvalidInput
from automl_tl.probe.reservoir import Reservoir


def sample(rows, *, size=10, seed=0):
    rows = list(rows)
    features = np.array(rows, dtype=np.float32)[:, None]
    return Reservoir.of(size, [f"r{row}" for row in rows], features, np.array(rows), seed=seed)


@given(st.lists(st.integers(1, 99), max_size=5, unique=True), st.randoms())
def test_cutting_and_order_do_not_matter(cuts, random):
    """Any shards of 100 rows, merged in any order, give the sample of all."""
    edges = [0, *sorted(cuts), 100]
    parts = [sample(range(a, b)) for a, b in pairwise(edges)]
    random.shuffle(parts)
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    wanted = sample(range(100))
    assert np.array_equal(whole.priorities, wanted.priorities)
    assert np.array_equal(whole.labels, wanted.labels)
    assert np.array_equal(whole.features[:, 0], whole.labels)


def test_every_row_is_as_likely():
    """Over 400 seeds each of 20 rows is among 5 about 100 times."""
    seen = np.bincount(np.concatenate([sample(range(20), size=5, seed=seed).labels for seed in range(400)]))
    assert 65 < seen.min() <= seen.max() < 140


def test_few_rows_stay_all():
    """A sample is at most what was seen."""
    assert sorted(sample(range(4)).labels) == [0, 1, 2, 3]


def test_sizes_must_agree_and_be_positive():
    """Otherwise there is no telling what the sum would be."""
    with pytest.raises(InvalidInput, match="samples of 10 and of 5 rows"):
        sample(range(3)) + sample(range(3), size=5)
    with pytest.raises(InvalidInput, match="at least one row but got 0"):
        sample(range(3), size=0)
