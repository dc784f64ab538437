"""Rows of tar files."""

import io
import tarfile

import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.shards.base import Layout, shard_formats
from automl_tl.errors import DatasetError, LimitExceeded


@pytest.fixture
def scan(tmp_path):
    """Write a tar file of names and contents and scan it as one of images."""

    def scan(files, limits=None):
        with tarfile.open(tmp_path / "a.tar", "w") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        formats = shard_formats.get("webdataset")
        return list(formats.scan(tmp_path / "a.tar", "a.tar", Layout("image"), limits or Limits()))

    return scan


def test_files_that_are_called_alike_are_a_row(scan):
    """Whatever their folder is called; files of other endings are passed over, a label alone has no input."""
    (found,) = scan({"k/6.png": b"six", "k/6.cls": b"1\n", "k/6.mp3": b"noise", "k/7.cls": b"2"})
    assert found.keys == ["a.tar:k/6", "a.tar:k/7"]
    assert found.values == [b"six", None]
    assert list(found.cells["label"]) == ["1", "2"]


def test_a_row_has_one_input(scan):
    with pytest.raises(DatasetError, match=r"row a.tar:7: it must have one input but has 2"):
        scan({"7.png": b"a", "7.jpg": b"b"})


def test_a_file_that_would_not_fit_into_memory_is_refused(scan):
    with pytest.raises(LimitExceeded, match=r"'7.png' has 100 bytes"):
        scan({"7.png": b"x" * 100}, Limits(max_block_bytes=99))
