"""Rows of Parquet shards."""

from automl_tl.data.shards.base import Columns, decoded, list_shards, read_shard
from automl_tl.testing.shards import coloured_images

ROWS = coloured_images(1)


def test_texts_and_other_columns_are_read_too(tmp_path):
    """Named columns; a text is its own decoded form; a missing label is empty."""
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"review": ["good", "bad"], "stars": [5, None]}), tmp_path / "a.parquet")
    (shard,) = list_shards(f"{tmp_path}/*.parquet", columns=Columns("review", "stars"))
    assert [(decoded(record), record.label) for record in read_shard(shard)] == [("good", "5"), ("bad", "")]


def test_pairs_of_bytes_and_path_are_images(tmp_path):
    """As Hugging Face's data sets store them."""
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table({"image": [{"bytes": ROWS[0][0], "path": "a.png"}], "label": ["x"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    (shard,) = list_shards(f"{tmp_path}/a.parquet")
    assert [record.value for record in read_shard(shard)] == [ROWS[0][0]]
