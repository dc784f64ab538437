"""The data directory keeps to itself."""

import stat

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.store.layout import DataDirectory


def test_everything_lies_below_the_root_and_only_its_owner_may_look(tmp_path):
    layout = DataDirectory(tmp_path / "data").create()
    for path in (layout.blobs, layout.embeddings, layout.work, layout.uploads):
        assert path.is_dir()
        assert path.is_relative_to(layout.root)
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_creating_twice_keeps_what_is_there(tmp_path):
    layout = DataDirectory(tmp_path / "data").create()
    (layout.embeddings / "x").write_text("kept")
    assert (layout.create().embeddings / "x").read_text() == "kept"


def test_a_place_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InvalidInput, match="file/data cannot be made"):
        DataDirectory(tmp_path / "file" / "data").create()


def test_places_of_datasets_and_jobs_do_not_meet(tmp_path):
    layout = DataDirectory(tmp_path)
    assert layout.dataset_work("a" * 64) != layout.job_work("datasets", "a" * 64)
    assert layout.job_work("p1", "job") != layout.job_work("p2", "job")


def test_the_ledger_url_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert DataDirectory(tmp_path.relative_to(tmp_path)).ledger_url == f"sqlite:///{tmp_path}/ledger.sqlite"
