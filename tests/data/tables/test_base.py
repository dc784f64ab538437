"""Rules of every table."""

import json

import pyarrow
import pytest
from pyarrow import parquet

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


def write_both(tmp_path, rows):
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "t.parquet")
    return tmp_path / "t.jsonl", tmp_path / "t.parquet"


def test_the_same_values_are_the_same_cells_in_every_format(tmp_path):
    """NaN and null are missing, and 1.0 is the class 1."""
    rows = [{"label": 1.0, "share": 0.5, "ok": True, "text": "a"}, {"label": float("nan"), "ok": None, "text": ""}]
    for path in write_both(tmp_path, rows):
        assert read_table(path, Limits()).columns == {
            "label": ("1", ""),
            "share": ("0.5", ""),
            "ok": ("true", ""),
            "text": ("a", ""),
        }


@pytest.mark.parametrize(("value", "kind"), [([{"a": 1}], "list"), ({"body": "a"}, "dict")])
def test_columns_of_nested_values_are_left_out_in_every_format(tmp_path, value, kind):
    """An object is no text, a list of them no set of labels; the other columns can be used."""
    for path in write_both(tmp_path, [{"text": "a", "tags": None}, {"text": "b", "tags": value}]):
        table = read_table(path, Limits())
        assert table.columns == {"text": ("a", "b")}
        assert f"row 2: the column 'tags' holds {kind} values" in table.left_out["tags"]
