"""Reading single rows out of shards."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.shards.stored import moved
from automl_tl.errors import DatasetError
from automl_tl.testing.shards import coloured_images, write_parquet_shards, write_webdataset_shards

ROWS = coloured_images(40)
WRITERS = pytest.mark.parametrize("write", [write_parquet_shards, write_webdataset_shards])


@WRITERS
def test_any_rows_in_any_order(tmp_path, write):
    """Also twice, also from a copy that went to another process."""
    write(tmp_path, ROWS, shards=5)
    stored = load_dataset(tmp_path).stored
    asked = np.random.default_rng(0).integers(0, 40, 100)
    for reader in (stored, pickle.loads(pickle.dumps(stored))):
        assert reader.read(asked) == [ROWS[row][0] for row in asked]


@WRITERS
def test_copies_elsewhere_are_read_there(tmp_path, write):
    """The same rows under the same ids, once the originals are gone; what else is known stays as it was."""
    write(tmp_path / "here", ROWS, shards=2)
    dataset = replace(load_dataset(tmp_path / "here"), on_demand=True)
    (tmp_path / "here").rename(tmp_path / "there")
    there = moved(dataset, tmp_path / "there")
    assert there.stored.read([39, 0]) == [ROWS[39][0], ROWS[0][0]]
    assert list(there.row_ids) == list(dataset.row_ids)
    assert (there.root, there.on_demand, there.digest) == (tmp_path / "there", True, dataset.digest)


def test_blocks_are_row_groups(tmp_path):
    """Rows of a Parquet file are read together, those of a tar file by themselves."""
    write_parquet_shards(tmp_path / "p", ROWS, shards=2)
    stored = load_dataset(tmp_path / "p").stored
    assert stored.blocks.tolist() == [0] * 20 + [1] * 20
    assert len(stored.block_bytes) == 2
    assert stored.block_bytes.min() > 0
    write_webdataset_shards(tmp_path / "w", ROWS, shards=2)
    assert load_dataset(tmp_path / "w").stored.blocks is None


def test_few_blocks_are_kept(tmp_path, monkeypatch):
    """No more than the limit allows, however many rows are read."""
    monkeypatch.setattr("automl_tl.data.shards.stored._KEPT_BLOCKS", 2)
    write_parquet_shards(tmp_path, ROWS, shards=8)
    stored = load_dataset(tmp_path).stored
    assert stored.read(range(40)) == [value for value, _ in ROWS]
    assert len(stored._kept) == 2


def test_blocks_are_kept_as_long_as_their_bytes_allow(tmp_path, monkeypatch):
    """A block beyond the limit is kept alone: whoever asks for its next row must not read it again."""
    write_parquet_shards(tmp_path, ROWS, shards=8)
    sizes = load_dataset(tmp_path).stored.block_bytes
    for limit, kept in ((int(2.5 * sizes.max()), 2), (int(sizes.min()) - 1, 1)):
        monkeypatch.setattr("automl_tl.data.shards.stored._KEPT_BYTES", limit)
        stored = load_dataset(tmp_path).stored
        stored.read(range(40))
        assert len(stored._kept) == kept


def test_a_block_that_is_kept_is_not_read_again(tmp_path):
    """The file may even be gone."""
    write_parquet_shards(tmp_path, ROWS, shards=1)
    stored = load_dataset(tmp_path).stored
    stored.read([0])
    (tmp_path / "part-0000.parquet").unlink()
    assert stored.read([39]) == [ROWS[39][0]]


@WRITERS
def test_a_shard_that_went_away_is_named(tmp_path, write):
    """Whoever reads a row of it hears of it."""
    write(tmp_path, ROWS, shards=2)
    stored = load_dataset(tmp_path).stored
    victim = sorted(tmp_path.iterdir())[1]
    victim.unlink()
    with pytest.raises(DatasetError, match=victim.name):
        stored.read([39])


def test_a_shorter_tar_file_is_noticed(tmp_path):
    """Half an image would be decoded otherwise."""
    write_webdataset_shards(tmp_path, ROWS, shards=1)
    stored = load_dataset(tmp_path).stored
    path = tmp_path / "part-0000.tar"
    path.write_bytes(path.read_bytes()[:6000])
    with pytest.raises(DatasetError, match="shorter than it was"):
        stored.read([39])


def test_ids_behave_like_a_tuple(tmp_path):
    """Length, slices, negative places, containment."""
    write_parquet_shards(tmp_path, ROWS, shards=2)
    ids = load_dataset(tmp_path).row_ids
    assert (len(ids), ids[-1], ids[19:21]) == (
        40,
        "part-0001.parquet:20",
        ("part-0000.parquet:20", "part-0001.parquet:1"),
    )
    assert ids.index("part-0001.parquet:1") == 20
    assert "part-0002.parquet:1" not in ids
    with pytest.raises(IndexError):
        ids[40]
