"""Places are opened by their URL."""

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.filesystems import open_filesystem


def test_a_directory_need_not_exist_yet(tmp_path):
    files, root = open_filesystem((tmp_path / "deep" / "er").as_uri() + "/", what="work_store")
    files.pipe_file(f"{root}/x", b"abc")
    assert (tmp_path / "deep" / "er" / "x").read_bytes() == b"abc"


def test_a_missing_driver_is_named_with_the_setting(monkeypatch):
    def without_driver(url, **options):
        raise ImportError("Install the driver to access it")

    monkeypatch.setattr("fsspec.core.url_to_fs", without_driver)
    with pytest.raises(InvalidInput, match=r"a work store at 'gs://b/p' needs .* 'automl-tl\[gcs\]'") as caught:
        open_filesystem("gs://b/p", what="work_store")
    assert caught.value.field == "work_store"
