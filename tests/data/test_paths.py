"""Paths inside a dataset."""

import os
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.data.limits import Limits
from automl_tl.data.paths import content_root, is_hidden, list_files, safe_parts
from automl_tl.errors import DatasetError, LimitExceeded


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("../a.png", "'..'"),
        ("a/../../b", "'..'"),
        ("/etc/passwd", "relative"),
        ("C:/a.png", "relative"),
        ("a\\b.png", "backslash"),
        ("a\x00b", "control"),
        ("a\nb", "control"),
        ("a\udcff", "UTF-8"),
        ("a" * 256, "255 bytes"),
        ("a/" * 600 + "b", "1024 bytes"),
    ],
)
def test_paths_that_could_lead_outside_are_refused(name, rule):
    """Each refusal names its rule."""
    with pytest.raises(ValueError, match=rule):
        safe_parts(name)


@given(st.text(max_size=40))
def test_whatever_passes_stays_inside(name):
    """A path that is accepted never climbs above its folder."""
    try:
        parts = safe_parts(name)
    except ValueError:
        return
    assert ".." not in parts
    assert all(part and "/" not in part for part in parts)
    assert not PurePosixPath(*parts).is_absolute()


def test_dots_and_double_slashes_disappear():
    """``./a//b`` is ``a/b``."""
    assert safe_parts("./a//b/.") == ("a", "b")


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("a/.DS_Store", True),
        ("__MACOSX/a.png", True),
        (".git/x", True),
        ("Thumbs.db", True),
        ("__pycache__/a.pyc", True),
        ("a/b.png", False),
    ],
)
def test_clutter_is_hidden(name, hidden):
    """Files that operating systems leave behind are no content."""
    assert is_hidden(safe_parts(name)) is hidden


def test_files_are_listed_sorted_without_clutter(tmp_path):
    """Content is what people put there."""
    for name in ("b/2.png", "a.csv", "b/.hidden", ".DS_Store", "__MACOSX/a.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert list_files(tmp_path, Limits()) == ("a.csv", "b/2.png")


def test_links_out_of_the_dataset_are_refused(tmp_path):
    """A link cannot bring a foreign file in; a link inside the dataset can stay."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.txt").write_text("a")
    (root / "inner").symlink_to("a.txt")
    assert list_files(root, Limits()) == ("a.txt", "inner")
    (tmp_path / "secret").write_text("s")
    (root / "outer").symlink_to("../secret")
    with pytest.raises(DatasetError, match="outer: the link leads outside"):
        list_files(root, Limits())


def test_links_to_folders_and_pipes_are_refused(tmp_path):
    """Only plain files are read: a pipe would block for ever."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(DatasetError, match="b: links to folders"):
        list_files(tmp_path, Limits())
    (tmp_path / "b").unlink()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DatasetError, match="pipe: only plain files"):
        list_files(tmp_path, Limits())


def test_too_many_files_or_bytes_are_refused(tmp_path):
    """Both limits are named."""
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(b"12345")
    with pytest.raises(LimitExceeded, match="max_files = 2"):
        list_files(tmp_path, Limits(max_files=2))
    with pytest.raises(LimitExceeded, match="max_bytes = 14"):
        list_files(tmp_path, Limits(max_bytes=14))


def test_a_wrapping_folder_is_left_out(tmp_path):
    """Archives often wrap their content in one folder; a class or a part is no wrapper."""
    (tmp_path / "flowers" / "rose").mkdir(parents=True)
    (tmp_path / "flowers" / "rose" / "1.png").write_bytes(b"x")
    assert content_root(tmp_path, [".png"]) == tmp_path / "flowers"
    (tmp_path / "flowers").rename(tmp_path / "train")
    assert content_root(tmp_path, [".png"]) == tmp_path
    assert content_root(tmp_path / "train", [".png"]) == tmp_path / "train"


def test_a_folder_around_a_table_is_a_wrapper(tmp_path):
    """``notes/notes.csv`` in an archive is the table."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "notes.csv").write_text("text,label\n")
    assert content_root(tmp_path, [".png"]) == tmp_path / "notes"


@pytest.mark.parametrize(
    ("beside", "wrapped"),
    [(["README.txt", "LICENSE"], True), (["labels.csv"], False), (["0.PNG"], False), (["daisy/1.png"], False)],
)
def test_only_content_beside_a_folder_counts(tmp_path, beside, wrapped):
    """A README beside the only folder does not make it a class."""
    for name in ("flowers/rose/1.png", "flowers/tulip/1.png", *beside):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert content_root(tmp_path, [".png"]) == (tmp_path / "flowers" if wrapped else tmp_path)
