"""Archives are reproducible and cannot write outside their directory."""

from __future__ import annotations

import zipfile

import pytest

from automl_tl.errors import DataCorrupted, InvalidInput
from automl_tl.finetune.model_archive import pack, unpack


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "folder"
    (root / "assets").mkdir(parents=True)
    (root / "model.json").write_text("{}")
    (root / "assets" / "tokenizer.json").write_text("words")
    return root


def test_the_same_files_give_the_same_bytes(folder, tmp_path):
    first = pack(folder, tmp_path / "a.zip").read_bytes()
    (folder / "model.json").touch()
    assert pack(folder, tmp_path / "b.zip").read_bytes() == first


def test_what_was_packed_comes_out_again(folder, tmp_path):
    root = unpack(pack(folder, tmp_path / "a.zip"), tmp_path / "out")
    assert sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()) == [
        "assets/tokenizer.json",
        "model.json",
    ]


def test_what_lay_in_the_target_is_replaced(folder, tmp_path):
    """A job that is resumed a second time unpacks to where it did before."""
    archive = pack(folder, tmp_path / "a.zip")
    (unpack(archive, tmp_path / "out") / "old.txt").write_text("left over")
    assert not (unpack(archive, tmp_path / "out") / "old.txt").exists()


def test_more_files_than_a_model_has_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}", "")
    with pytest.raises(DataCorrupted, match="max_files = 1000"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_the_name_of_the_file_does_not_matter(folder, tmp_path):
    assert (unpack(pack(folder, tmp_path / "saved"), tmp_path / "out") / "model.json").is_file()


def test_a_model_one_folder_down_is_found(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(folder / "model.json", "my-model/model.json")
    assert unpack(tmp_path / "a.zip", tmp_path / "out").name == "my-model"


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil"])
def test_an_entry_that_leaves_the_directory_is_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(DataCorrupted, match="evil"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "evil").exists()


def test_a_link_is_refused(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DataCorrupted, match="links are not allowed"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_damaged_and_foreign_files_are_told_apart(folder, tmp_path):
    damaged = bytearray(pack(folder, tmp_path / "a.zip").read_bytes())
    damaged[damaged.index(b"words")] ^= 1
    (tmp_path / "a.zip").write_bytes(damaged)
    with pytest.raises(DataCorrupted, match="damaged"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    (tmp_path / "b.zip").write_bytes(b"no archive")
    with pytest.raises(InvalidInput, match="neither"):
        unpack(tmp_path / "b.zip", tmp_path / "out2")


def test_an_archive_without_a_model_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("notes.txt", "x")
    with pytest.raises(InvalidInput, match=r"no model.json"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
