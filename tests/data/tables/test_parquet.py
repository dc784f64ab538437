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
