"""Parquet."""

import datetime

import pyarrow
import pytest
from pyarrow import parquet

from automl_tl.data.limits import Limits
from automl_tl.data.tables.parquet import read
from automl_tl.errors import DatasetError, LimitExceeded


def write(tmp_path, **columns):
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def test_columns_keep_their_order_and_null_is_none(tmp_path):
    """The rules of cells make strings of them."""
    path = write(tmp_path, text=["a", None], ok=[True, False], day=[datetime.date(2024, 5, 1), None])
    assert list(read(path, Limits()).items()) == [
        ("text", ["a", None]),
        ("ok", [True, False]),
        ("day", [datetime.date(2024, 5, 1), None]),
    ]


def test_dictionary_columns_are_read_as_their_values(tmp_path):
    """pandas writes categories that way."""
    path = write(tmp_path, label=pyarrow.array(["a", "b", "a"]).dictionary_encode())
    assert read(path, Limits()) == {"label": ["a", "b", "a"]}


def test_rows_are_bounded_before_they_are_decoded(tmp_path):
    """The footer knows the number of rows."""
    with pytest.raises(LimitExceeded, match="3 rows are more than max_rows = 2"):
        read(write(tmp_path, a=[1, 2, 3]), Limits(max_rows=2))


def test_other_content_is_refused(tmp_path):
    """A text called .parquet is told from a table."""
    (tmp_path / "t.parquet").write_text("text,label\n")
    with pytest.raises(DatasetError, match=r"t\.parquet: not a readable Parquet file"):
        read(tmp_path / "t.parquet", Limits())


def test_a_text_that_is_stored_once_is_in_memory_once(tmp_path):
    """A hundred thousand rows of one text of a megabyte would be a hundred gigabytes."""
    words = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 100_000), pyarrow.array(["x" * 1_000_000]))
    path = write(tmp_path, text=words)
    assert path.stat().st_size < 2_000_000
    text = read(path, Limits())["text"]
    assert len(text) == 100_000
    assert text[0] is text[-1]


def test_what_unpacks_to_far_more_than_it_weighs_is_refused(tmp_path):
    """Told by the footer, before anything is unpacked."""
    path = tmp_path / "t.parquet"
    parquet.write_table(
        pyarrow.table({"a": ["x" * 100_000_000]}),
        path,
        compression="zstd",
        use_dictionary=False,
        write_statistics=False,
    )
    with pytest.raises(LimitExceeded, match="max_ratio = 200"):
        read(path, Limits())


def test_a_list_of_a_million_entries_is_refused(tmp_path):
    """Run lengths store them in a few bytes."""
    with pytest.raises(LimitExceeded, match="column 1 has 1000000 values in 1 rows"):
        read(write(tmp_path, a=[[1] * 1_000_000]), Limits())
