"""Rules of every table."""

import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.tables.base import check_header, collect_columns, read_table
from automl_tl.errors import DatasetError, LimitExceeded


def test_rows_are_numbered_from_one(tmp_path):
    """Row 1 is the first row below the header."""
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    table = read_table(tmp_path / "t.csv", Limits())
    assert table.columns == {"a": ("1", "3"), "b": ("2", "4")}
    assert table.row_ids == ("1", "2")


def test_a_header_without_rows_is_an_error(tmp_path):
    """An empty table is no dataset."""
    (tmp_path / "t.csv").write_text("a,b\n")
    with pytest.raises(DatasetError, match=r"t\.csv: the table has a header but no rows"):
        read_table(tmp_path / "t.csv", Limits())


def test_header_rules():
    """Names are trimmed, unnamed columns get a name, twins and too many are refused."""
    assert check_header([" a ", "", "b"], "t.csv", Limits()) == ["a", "column_2", "b"]
    with pytest.raises(DatasetError, match="'a' stands twice"):
        check_header(["a", "b", "a "], "t.csv", Limits())
    with pytest.raises(LimitExceeded, match="max_columns = 2"):
        check_header(["a", "b", "c"], "t.csv", Limits(max_columns=2))


def test_too_many_rows_are_refused():
    """Reading stops at the limit."""
    with pytest.raises(LimitExceeded, match="max_rows = 2"):
        collect_columns(["a"], iter([["1"]] * 3), "t.csv", Limits(max_rows=2))
