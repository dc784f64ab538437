"""Batches of examples that are read in blocks."""

from itertools import islice

import numpy as np
import pytest

from automl_tl.data.shards import stored
from automl_tl.finetune.training_data import balanced_batches, sample_batches
from automl_tl.finetune.windows import WINDOW_BYTES, Blocks, windowed_batches, windows

BLOCKS = Blocks(np.repeat(np.arange(10), 20), np.full(10, 100))
LABELS = np.arange(200) % 4


def draw(labels, batch_size, seed):
    return sample_batches(len(labels), batch_size, seed)


def batches(count, *, seed=0, blocks=BLOCKS, labels=LABELS, how=draw, batch_size=5, window_bytes=200):
    """Return some batches."""
    found = windowed_batches(how, labels, blocks, batch_size, seed, window_bytes=window_bytes)
    return list(islice(found, count))


def test_two_windows_are_kept_in_memory():
    """While batches of one end, those of the next are read: less would be read again for every batch."""
    assert stored._KEPT_BYTES >= 2 * WINDOW_BYTES


def test_an_epoch_holds_every_example_once():
    """In an order that is not that of the next epoch, nor of another seed."""
    first, second = batches(40), batches(80)[40:]
    assert sorted(np.concatenate(first).tolist()) == list(range(200))
    assert sorted(np.concatenate(second).tolist()) == list(range(200))
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))
    assert not np.array_equal(np.concatenate(first), np.concatenate(batches(40, seed=1)))


def test_a_run_that_goes_on_draws_the_same():
    """Batches are a function of seed and number: skipping some changes none of the others."""
    found = windowed_batches(draw, LABELS, BLOCKS, 5, 3, window_bytes=200)
    assert all(map(np.array_equal, batches(60, seed=3)[25:], islice(found, 25, 60)))


def test_few_blocks_are_open_at_a_time():
    """Within a window batches mix its blocks, and a block is never come back to in an epoch."""
    seen = [set((batch // 20).tolist()) for batch in batches(40)]
    windows_of = [set().union(*seen[start : start + 8]) for start in range(0, 40, 8)]
    assert [len(blocks) for blocks in windows_of] == [2] * 5
    assert set().union(*windows_of) == set(range(10))
    assert any(len(blocks) == 2 for blocks in seen)


@pytest.mark.parametrize("sizes", [[1] * 30, [50, 1, 1, 1], [3, 100, 5], [7]])
def test_no_window_is_too_small(sizes):
    """Whatever its memory: a batch of one example would break batch norms."""
    of = np.repeat(np.arange(len(sizes)), sizes)
    parts = list(
        windows(Blocks(of, np.full(len(sizes), 10**9)), np.random.default_rng(0), window_bytes=1, least_rows=4)
    )
    assert sorted(np.concatenate(parts).tolist()) == list(range(sum(sizes)))
    assert all(len(part) >= min(4, sum(sizes)) for part in parts)


def test_any_way_to_draw_batches_works_within_a_window():
    """Balanced batches are balanced among the classes of the window."""
    found = batches(40, how=balanced_batches, batch_size=8, labels=(np.arange(200) % 20 == 0).astype(int))
    assert all(3 <= np.sum(batch % 20 == 0) <= 5 for batch in found)


def test_rows_of_other_parts_leave_gaps_in_the_blocks():
    """Numbers of blocks need not be those of the first ones."""
    of = np.repeat([3, 8, 9], 30)
    found = batches(18, blocks=Blocks(of, np.full(12, 150)), labels=np.zeros(90, int))
    assert sorted(np.concatenate(found).tolist()) == list(range(90))
