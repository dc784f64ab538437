"""Rows of Parquet shards."""

import pyarrow
import pytest
from pyarrow import parquet

from automl_tl.data.limits import Limits
from automl_tl.data.shards.base import Layout, shard_formats
from automl_tl.errors import LimitExceeded
from automl_tl.testing.shards import coloured_images

IMAGE = coloured_images(1)[0][0]


def scan(path, layout, limits=None):
    return list(shard_formats.get("parquet").scan(path, path.name, layout, limits or Limits()))


def test_pairs_of_bytes_and_path_are_images(tmp_path):
    """As Hugging Face's data sets store them; one without bytes is a row without an input."""
    rows = [{"bytes": IMAGE, "path": "a.png"}, {"bytes": None, "path": "b.png"}]
    parquet.write_table(pyarrow.table({"image": rows, "label": ["x", "y"]}), tmp_path / "a.parquet")
    (found,) = scan(tmp_path / "a.parquet", Layout("image", "image", ("label",)))
    assert found.values == [IMAGE, None]
    assert found.keys == ["a.parquet:1", "a.parquet:2"]


def test_texts_and_other_columns_are_read_too(tmp_path):
    """A missing cell is empty."""
    parquet.write_table(pyarrow.table({"review": ["good", "bad"], "stars": [5, None]}), tmp_path / "a.parquet")
    (found,) = scan(tmp_path / "a.parquet", Layout("text", "review", ("stars",)))
    assert found.values == ["good", "bad"]
    assert list(found.cells["stars"]) == ["5", ""]


def test_a_row_group_is_a_block_and_must_fit(tmp_path):
    """It is the least that can be read at once; places count from its beginning."""
    table = pyarrow.table({"image": [IMAGE] * 5})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=3)
    layout = Layout("image", "image")
    found = scan(tmp_path / "a.parquet", layout)
    assert [(each.block, list(each.positions)) for each in found] == [(0, [0, 1, 2]), (1, [0, 1])]
    assert all(each.block_bytes > 0 for each in found)
    with pytest.raises(LimitExceeded, match="smaller row_group_size"):
        scan(tmp_path / "a.parquet", layout, Limits(max_block_bytes=10))
