"""Packing turns a directory into one archive whose bytes depend on its content only."""

import os
import zipfile

import pytest

from automl_tl.client.pack import packed, write_zip
from automl_tl.data.endings import DATASET_SUFFIXES
from automl_tl.errors import DatasetError
from automl_tl.names import digest_file


def fill(directory, names):
    for name in names:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(name.encode())
    return directory


def test_equal_directories_give_equal_archives(tmp_path):
    one = fill(tmp_path / "one", ["cat/a.png", "dog/b.png", "labels.csv"])
    two = fill(tmp_path / "two", ["labels.csv", "dog/b.png", "cat/a.png"])
    os.utime(two / "labels.csv", (1, 1))
    (two / "labels.csv").chmod(0o600)
    write_zip(one, tmp_path / "one.zip")
    write_zip(two, tmp_path / "two.zip")
    assert digest_file(tmp_path / "one.zip") == digest_file(tmp_path / "two.zip")


def test_the_archive_holds_every_visible_file(tmp_path):
    names = ["train/cat/a.png", "train/dog/b.png", "empty.csv"]
    source = fill(tmp_path / "data", [*names, ".git/config", "train/.DS_Store", "__pycache__/x.pyc"])
    with packed(source) as archive, zipfile.ZipFile(archive) as opened:
        assert sorted(opened.namelist()) == sorted(names)
        assert opened.read("train/cat/a.png") == b"train/cat/a.png"


def test_a_link_that_leads_out_of_the_directory_is_refused(tmp_path):
    """Left out without a word, its rows would be missing; followed, it could bring a foreign file along."""
    secret = tmp_path / "secret.txt"
    secret.write_text("private")
    source = fill(tmp_path / "data", ["a.csv"])
    (source / "b.csv").symlink_to(secret)
    with pytest.raises(DatasetError, match=r"b\.csv: the link leads outside the dataset"), packed(source):
        pass


def test_links_to_directories_are_refused_and_links_inside_are_packed(tmp_path):
    """As the service does with a registered directory."""
    source = fill(tmp_path / "data", ["a.csv", "deep/c.csv"])
    (source / "b.csv").symlink_to("a.csv")
    with packed(source) as archive, zipfile.ZipFile(archive) as opened:
        assert opened.namelist() == ["a.csv", "b.csv", "deep/c.csv"]
    (source / "shallow").symlink_to("deep")
    with pytest.raises(DatasetError, match="shallow: links to folders are not followed"), packed(source):
        pass


def test_the_temporary_archive_is_removed(tmp_path):
    with packed(fill(tmp_path / "data", ["a.csv"])) as archive:
        assert archive.exists()
    assert not archive.parent.exists()


@pytest.mark.parametrize("name", ["a.TGZ", *(f"a{ending}" for ending in DATASET_SUFFIXES)])
def test_single_files_are_uploaded_as_they_are(tmp_path, name):
    fill(tmp_path, [name])
    with packed(tmp_path / name) as file:
        assert file == tmp_path / name


def test_other_endings_are_refused_with_the_known_ones(tmp_path):
    fill(tmp_path, ["data.xlsx"])
    with (
        pytest.raises(DatasetError, match=r"data\.xlsx must be a directory or end in one of \.zip"),
        packed(tmp_path / "data.xlsx"),
    ):
        pass


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(DatasetError, match="there is no file or directory"), packed(tmp_path / "nowhere"):
        pass


def test_an_empty_directory_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="holds no files"), packed(tmp_path):
        pass
