"""Rows out of shards, whatever their format."""

import numpy as np
import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.shards.base import Columns, Record, decoded, list_shards, read_shard
from automl_tl.errors import DatasetError, LimitExceeded
from automl_tl.testing.shards import coloured_images, write_parquet_shards, write_webdataset_shards

ROWS = coloured_images(7)


@pytest.mark.parametrize("write", [write_parquet_shards, write_webdataset_shards])
def test_every_row_comes_once_and_in_order(tmp_path, write):
    """Of all shards; keys are unique; pixels are those of the file."""
    shards = list_shards(write(tmp_path, ROWS, shards=3))
    records = [record for shard in shards for record in read_shard(shard)]
    assert len(shards) == 3
    assert [(record.value, record.label) for record in records] == ROWS
    assert len({record.key for record in records}) == len(ROWS)
    pixels = decoded(records[0])
    assert (pixels.shape, pixels.dtype) == ((32, 32, 3), np.uint8)


def test_shards_may_lie_in_any_file_system(tmp_path):
    """In fsspec's memory as in an object store."""
    import fsspec

    write_parquet_shards(tmp_path, ROWS, shards=1)
    with fsspec.open("memory://store/part.parquet", "wb") as file:
        file.write((tmp_path / "part-0000.parquet").read_bytes())
    (shard,) = list_shards("memory://store/*.parquet")
    assert len(list(read_shard(shard))) == len(ROWS)


def test_what_cannot_be_read_is_named(tmp_path):
    """No file, an unknown ending, a missing column, a broken file, a row that is no input."""
    import pyarrow
    from pyarrow import parquet

    with pytest.raises(DatasetError, match="no file matches"):
        list_shards(f"{tmp_path}/*.parquet")
    (tmp_path / "a.rar").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"known endings: .parquet, .tar"):
        list_shards(f"{tmp_path}/a.rar")
    (tmp_path / "a.parquet").write_bytes(b"no table")
    with pytest.raises(DatasetError, match=r"a.parquet: not a readable Parquet file"):
        list(read_shard(list_shards(f"{tmp_path}/a.parquet")[0]))
    parquet.write_table(pyarrow.table({"image": [1], "other": ["x"]}), tmp_path / "b.parquet")
    with pytest.raises(DatasetError, match="no column 'label'; it has image, other"):
        list(read_shard(list_shards(f"{tmp_path}/b.parquet")[0]))
    (shard,) = list_shards(f"{tmp_path}/b.parquet", columns=Columns("image", "other"))
    with pytest.raises(DatasetError, match=r"row b.parquet:1: the input must be bytes or text but is int"):
        list(read_shard(shard))
    (tmp_path / "c.tar").write_bytes(b"x" * 2000)
    with pytest.raises(DatasetError, match=r"c.tar: not a readable tar file"):
        list(read_shard(list_shards(f"{tmp_path}/c.tar")[0]))
    with pytest.raises(DatasetError, match="row a:1"):
        decoded(Record("a:1", b"no image", ""))


def test_what_would_not_fit_into_memory_is_refused(tmp_path):
    """A row group, or a file of a tar, beyond the limit."""
    limits = Limits(max_bytes=100)
    for write in (write_parquet_shards, write_webdataset_shards):
        pattern = write(tmp_path, ROWS, shards=1)
        with pytest.raises(LimitExceeded):
            list(read_shard(list_shards(pattern)[0], limits))
