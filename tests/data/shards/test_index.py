"""What is known of shards comes back from a file."""

import os

import numpy as np
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.shards.index import read_index, write_index
from automl_tl.testing.shards import coloured_images, write_parquet_shards, write_webdataset_shards

ROWS = [*coloured_images(11), (b"no image", "class 0")]


@pytest.mark.parametrize("write", [write_parquet_shards, write_webdataset_shards])
def test_a_data_set_comes_back_as_it_was(tmp_path, write, monkeypatch):
    """Columns, ids, issues and inputs, without a look at the shards."""
    write(tmp_path / "data", ROWS, shards=3)
    dataset = load_dataset(tmp_path / "data")
    write_index(dataset, tmp_path / "index" / "shards.npz")
    again = read_index(tmp_path / "index" / "shards.npz", tmp_path / "data")
    assert again is not None
    for name in ("modality", "digest", "root", "columns", "issues", "set_aside"):
        assert getattr(again, name) == getattr(dataset, name)
    assert list(again.row_ids) == list(dataset.row_ids)
    assert again.stored.read([10, 0]) == dataset.stored.read([10, 0])
    blocks = dataset.stored.blocks
    assert (again.stored.blocks is None) if blocks is None else np.array_equal(again.stored.blocks, blocks)


def test_a_file_that_changed_makes_it_worthless(tmp_path):
    """So does one that came or went, and a broken file; nothing is unpickled."""
    write_parquet_shards(tmp_path / "data", ROWS, shards=2)
    index = tmp_path / "shards.npz"
    assert read_index(index, tmp_path / "data") is None
    write_index(load_dataset(tmp_path / "data"), index)
    assert read_index(index, tmp_path / "data") is not None
    (tmp_path / "data" / "README").write_text("new")
    assert read_index(index, tmp_path / "data") is None
    (tmp_path / "data" / "README").unlink()
    os.utime(tmp_path / "data" / "part-0000.parquet", ns=(1, 1))
    assert read_index(index, tmp_path / "data") is None
    for content in (b"", b"PK\x03\x04 broken", b"x" * 100):
        index.write_bytes(content)
        assert read_index(index, tmp_path / "data") is None
    np.savez(index, head=np.array([{"a": 1}], dtype=object))
    assert read_index(index, tmp_path / "data") is None
