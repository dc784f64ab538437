"""Statistics without keeping embeddings."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.pipeline.probing.statistics import probe_statistics, shards
from automl_tl.transferability.statistics import score_statistics

LABELS = np.arange(36) % 3


@pytest.mark.parametrize("name", ["logme", "hscore"])
def test_merged_shards_score_as_one_pass(shapes, source, name):
    """To rounding, whatever the size of the shards; the model is loaded once."""
    rows = np.arange(36)
    one = probe_statistics(source.card(1), shapes, rows, LABELS, load_model=source)
    many = probe_statistics(source.card(1), shapes, rows, LABELS, shard_rows=5, load_model=source)
    assert source.loads == 2
    assert np.allclose(one.scatter, many.scatter, rtol=1e-5, atol=1e-7)
    assert score_statistics(name, many).value == pytest.approx(score_statistics(name, one).value, rel=1e-4)


def test_shards_hold_every_row_once():
    """In parts of nearly equal length."""
    parts = list(shards(np.array([5, 3, 9, 1, 7, 3, 0]), 4))
    assert [part.tolist() for part in parts] == [[0, 1, 3], [5, 7, 9]]


@pytest.mark.parametrize(("rows", "size", "words"), [([], 4, "no rows"), ([1], 0, "at least one row but got 0")])
def test_nothing_to_probe_says_so(rows, size, words):
    """Instead of statistics of nothing."""
    with pytest.raises(InvalidInput, match=words):
        list(shards(np.array(rows, dtype=np.int64), size))
