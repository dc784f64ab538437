"""Which table is the manifest."""

import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.manifest import nested_table_remarks, read_manifest
from automl_tl.errors import DatasetError


def write(root, **tables):
    for name, text in tables.items():
        (root / f"{name}.csv").write_text(text)
    return read_manifest(root, sorted(f"{name}.csv" for name in tables), Limits())


def test_no_table_means_no_manifest(tmp_path):
    """Tables in subfolders are not manifests."""
    assert read_manifest(tmp_path, ["a/b.csv", "c.png"], Limits()) is None


def test_the_usual_name_wins(tmp_path):
    """Of several tables the one called manifest or metadata is meant."""
    table = write(tmp_path, classes="id\n1\n", metadata="text\nx\n")
    assert table.name == "metadata.csv"


def test_several_tables_without_a_hint_are_refused(tmp_path):
    """The error says how to tell them apart."""
    with pytest.raises(DatasetError, match=r"a.csv, b.csv; call the right one manifest.csv"):
        write(tmp_path, a="text\nx\n", b="text\ny\n")


def test_train_and_test_tables_are_put_together(tmp_path):
    """The file's name is the part, and row ids stay unique."""
    table = write(tmp_path, train="text,label\na,0\nb,1\n", test="label,text\n0,c\n")
    assert table.columns["text"] == ("c", "a", "b")
    assert table.columns["split"] == ("test", "train", "train")
    assert table.row_ids == ("test.csv:1", "train.csv:1", "train.csv:2")


def test_part_tables_need_the_same_columns(tmp_path):
    """The odd column is named."""
    with pytest.raises(DatasetError, match="'extra'"):
        write(tmp_path, train="text,label\na,0\n", test="text,label,extra\nc,0,1\n")


def test_a_split_column_inside_part_tables_gives_way_in_any_letter_case(tmp_path):
    """Two columns would contradict each other."""
    table = write(tmp_path, train="text,Split\na,x\n", test="text,Split\nc,x\n")
    assert list(table.columns) == ["text", "split"]


def test_tables_in_subfolders_are_told_in_one_remark():
    """They are not read, and nobody should wonder."""
    assert nested_table_remarks(["labels.csv", "img/1.png"]) == ()
    (remark,) = nested_table_remarks(["img/1.png", "meta/a.csv", "meta/b.TSV"])
    assert (remark.row, remark.left_out) == ("meta/a.csv", False)
    assert "lies in a subfolder (and 1 more) and is not read" in remark.problem


def test_a_column_that_one_part_table_leaves_out_is_left_out_of_all(tmp_path):
    """Its cells are missing for those rows."""
    (tmp_path / "train.jsonl").write_text('{"text": "a", "tags": {"x": 1}}\n')
    (tmp_path / "test.jsonl").write_text('{"text": "b", "tags": null}\n')
    table = read_manifest(tmp_path, ["test.jsonl", "train.jsonl"], Limits())
    assert table.columns == {"text": ("b", "a"), "split": ("test", "train")}
    assert table.left_out["tags"].startswith("train.jsonl, row 1: the column 'tags' holds dict values")
