"""Rows as the source states them."""

import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import modalities
from automl_tl.data.rows import folder_rows, input_files, table_rows
from automl_tl.data.tables.base import Table
from automl_tl.errors import DatasetError


def image_rows(*paths, files=(), **columns):
    table = Table("m.csv", {"image": paths, **columns}, tuple(str(number) for number in range(1, len(paths) + 1)))
    return table_rows(table, modalities.get("image"), "image", files, remark="", limits=Limits())


def test_input_files_are_known_by_their_ending():
    """In any letter case; texts have no files of their own."""
    files = ["a.PNG", "b.txt", "c.jpeg"]
    assert input_files(files, modalities.get("image")) == ["a.PNG", "c.jpeg"]
    assert input_files(files, modalities.get("text")) == []


def test_folder_names_fill_in_what_the_manifest_lacks():
    """A manifest with only a metadata column still has labels and parts."""
    rows = image_rows("train/a/1.png", "test/b/2.png", scanner=("x", "y"))
    assert rows.columns == {"scanner": ("x", "y"), "label": ("a", "b"), "split": ("train", "test")}


def test_the_manifest_wins_over_folder_names():
    """What is written down was meant."""
    rows = image_rows("a/1.png", "b/2.png", label=("x", "y"))
    assert rows.columns == {"label": ("x", "y")}


def test_a_split_of_the_manifest_wins_in_any_letter_case():
    """Two columns would contradict each other."""
    rows = image_rows("train/a/1.png", "test/b/2.png", Split=("test", "train"))
    assert set(rows.columns) == {"Split", "label"}


def test_images_in_one_folder_get_no_label():
    """``images/`` is not a class."""
    assert image_rows("images/1.png", "images/2.png").columns == {}


def test_paths_are_row_ids_and_cleaned():
    """``./a//1.png `` is ``a/1.png``; an empty cell is known by its row."""
    rows = image_rows("./a//1.png ", "", label=("x", "y"))
    assert rows.values == ("a/1.png", "")
    assert rows.row_ids == ("a/1.png", "row 2")


@pytest.mark.parametrize("path", ["../1.png", "/data/1.png", "a\\1.png"])
def test_a_path_that_leads_outside_names_its_row(path):
    """The whole manifest is refused."""
    with pytest.raises(DatasetError, match=r"m\.csv, row 2, column 'image'"):
        image_rows("1.png", path)


def test_a_file_named_twice_names_both_rows():
    """One of the rows would be train and the other test."""
    with pytest.raises(DatasetError, match=r"rows 1 and 3: both name '1.png'"):
        image_rows("1.png", "2.png", "./1.png")


def test_unlisted_files_are_told():
    """They are not used, and nobody should wonder."""
    rows = image_rows("1.png", files=["1.png", "2.png", "3.png", "m.csv"])
    assert "2 image files such as 2.png are not listed" in rows.remarks[0].problem
    assert not rows.remarks[0].left_out


def test_folders_give_rows():
    """Files outside class folders are left out, each with its reason."""
    rows = folder_rows(["a/1.png", "b/2.png", "3.png", "readme.txt"], modalities.get("image"))
    assert rows.values == rows.row_ids == ("a/1.png", "b/2.png")
    assert [(issue.row, issue.left_out) for issue in rows.remarks] == [("3.png", True)]


def test_a_heap_of_images_is_told_what_is_missing():
    """There is nothing to learn from images without labels."""
    with pytest.raises(DatasetError, match=r"1.png and the other image files lie in no class folder"):
        folder_rows(["1.png", "2.png"], modalities.get("image"))
