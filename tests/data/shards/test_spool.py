"""Copies of rows that are read often."""

import pickle

import numpy as np
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.shards.spool import spool
from automl_tl.errors import Cancelled
from automl_tl.names import digest_file
from automl_tl.testing.shards import coloured_images, write_parquet_shards

ROWS = coloured_images(30)


@pytest.fixture
def stored(tmp_path):
    """Return 30 images in two shards."""
    write_parquet_shards(tmp_path / "data", ROWS, shards=2)
    return load_dataset(tmp_path / "data").stored


def test_copied_rows_are_read_from_the_copy(stored, tmp_path, monkeypatch):
    """In any order; what is not copied, or not all, comes from the shards."""
    copy = spool(stored, np.array([20, 3, 9]), tmp_path / "sample.bin")
    asked = []
    original = type(stored).read
    monkeypatch.setattr(type(stored), "read", lambda self, rows: asked.append(list(rows)) or original(self, rows))
    assert copy.read([9, 20, 3, 9]) == [ROWS[row][0] for row in (9, 20, 3, 9)]
    assert asked == []
    assert copy.read([9, 10]) == [ROWS[9][0], ROWS[10][0]]
    assert copy.read([29]) == [ROWS[29][0]]
    assert asked == [[9, 10], [29]]
    assert copy.blocks is not None
    assert np.array_equal(copy.block_bytes, stored.block_bytes)


def test_a_process_without_the_copy_reads_the_shards(stored, tmp_path):
    """It may run on another machine."""
    copy = pickle.loads(pickle.dumps(spool(stored, np.array([3]), tmp_path / "sample.bin")))
    (tmp_path / "sample.bin").unlink()
    assert copy.read([3]) == [ROWS[3][0]]


def test_copies_of_copies_are_read_elsewhere(stored, tmp_path):
    """Whoever brings the file to another machine knows its digest."""
    copy = spool(stored, np.array([3]), tmp_path / "sample.bin")
    assert copy.digest == digest_file(tmp_path / "sample.bin")
    (tmp_path / "sample.bin").rename(tmp_path / "elsewhere.bin")
    assert copy.moved(None, tmp_path / "elsewhere.bin").read([3]) == [ROWS[3][0]]


def test_texts_are_copied_as_texts(tmp_path):
    """Whatever their alphabet."""
    import pyarrow
    from pyarrow import parquet

    for number in range(2):
        parquet.write_table(pyarrow.table({"text": ["grün", "", "roter Hase"]}), tmp_path / f"{number}.parquet")
    dataset = load_dataset(tmp_path)
    copy = spool(dataset.stored, np.arange(len(dataset)), tmp_path / "sample.bin")
    assert copy.read([1, 0]) == ["roter Hase", "grün"]


def test_copying_can_be_stopped(stored, tmp_path):
    """Between parts."""

    def check():
        raise Cancelled("asked to stop")

    with pytest.raises(Cancelled):
        spool(stored, np.arange(30), tmp_path / "sample.bin", check=check)
