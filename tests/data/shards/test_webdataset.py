"""Rows of tar files."""

import io
import tarfile

import pytest

from automl_tl.data.shards.base import list_shards, read_shard
from automl_tl.errors import DatasetError


def test_rows_of_a_tar_file_need_one_input(tmp_path):
    """A label alone is an error that names the row."""
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        member = tarfile.TarInfo("k/7.cls")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"1"))
    with pytest.raises(DatasetError, match=r"row a.tar:k/7: it must have one input but has 0"):
        list(read_shard(list_shards(f"{tmp_path}/a.tar")[0]))
