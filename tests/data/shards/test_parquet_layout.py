"""Which columns of a Parquet shard are what."""

import pyarrow
import pytest
from pyarrow import parquet

from automl_tl.data.modalities.base import modalities
from automl_tl.data.shards.parquet_layout import holds_bytes, parquet_layout
from automl_tl.errors import DatasetError

CHOICES = [modalities.get("image"), modalities.get("text")]


def layout(path, columns, *, input_column="", target="label", choices=CHOICES):
    """Write a table and return its layout."""
    parquet.write_table(pyarrow.table(columns), path / "a.parquet")
    with parquet.ParquetFile(path / "a.parquet") as file:
        return parquet_layout(file, path, "a.parquet", choices, input_column, target)


def test_bytes_are_images(tmp_path):
    """Plain or as objects with a path; what is no cell is set aside with the reason."""
    found = layout(tmp_path, {"img": [b"x"], "label": ["a"], "boxes": [[[1.0, 2.0]]], "weight": [0.5]})
    assert (found.modality, found.inputs, found.columns) == ("image", "img", ("label", "weight"))
    assert "list" in found.set_aside["boxes"]
    assert layout(tmp_path, {"picture": [{"bytes": b"x", "path": "a"}], "label": [1]}).inputs == "picture"
    assert holds_bytes(tmp_path / "a.parquet")


def test_several_columns_of_bytes_want_a_name(tmp_path):
    """A usual name decides, else the user does."""
    assert layout(tmp_path, {"mask": [b"x"], "image": [b"y"]}).inputs == "image"
    with pytest.raises(DatasetError, match=r"several columns of bytes \(left, right\)"):
        layout(tmp_path, {"left": [b"x"], "right": [b"y"]})
    assert layout(tmp_path, {"left": [b"x"], "right": [b"y"]}, input_column="right").inputs == "right"


def test_texts_are_found_by_name_or_length(tmp_path):
    """And the target is none."""
    found = layout(tmp_path, {"label": ["a long label of many words"], "sentence": ["short"]})
    assert (found.modality, found.inputs) == ("text", "sentence")
    assert not holds_bytes(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("column", "values", "modality"),
    [
        ("text", ["one text", "another"], "text"),
        ("note", ["a text of some twenty letters", "another of them"], "text"),
        ("image", [b"x", b"y"], "image"),
    ],
)
def test_inputs_of_pandas_categories_are_inputs(tmp_path, column, values, modality):
    """They are stored as a dictionary and are texts, or pictures, all the same."""
    categories = pyarrow.array(values).dictionary_encode()
    found = layout(tmp_path, {"label": pyarrow.array(["a", "b"]).dictionary_encode(), column: categories})
    assert (found.modality, found.inputs, found.columns) == (modality, column, ("label",))
    assert found.types == layout(tmp_path, {"label": ["a", "b"], column: values}).types
    assert holds_bytes(tmp_path / "a.parquet") is (modality == "image")


def test_a_table_without_inputs_is_refused(tmp_path):
    """With the columns that there are; so is a column that does not exist."""
    with pytest.raises(DatasetError, match=r"none of its columns holds images or texts \(a\)"):
        layout(tmp_path, {"a": [1]})
    with pytest.raises(DatasetError, match="no column 'b'; it has a"):
        layout(tmp_path, {"a": [1]}, input_column="b")
    (tmp_path / "broken.parquet").write_bytes(b"x")
    assert not holds_bytes(tmp_path / "broken.parquet")
