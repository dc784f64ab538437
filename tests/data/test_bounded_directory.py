"""The list of a zip is counted before it is read."""

import io
import struct
import zipfile

import pytest

from automl_tl.data.archive import unpack
from automl_tl.data.bounded_directory import BoundedDirectory
from automl_tl.data.limits import Limits
from automl_tl.errors import LimitExceeded


def listing(count, name=b"a"):
    """Return a zip whose central directory lists one file ``count`` times, in 46 bytes and the name each."""
    one = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0
    )
    directory = (one + name) * count
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, min(count, 65_535), min(count, 65_535), len(directory), 0, 0
    )
    return directory + end


def test_millions_of_entries_are_refused_by_their_number(tmp_path):
    (tmp_path / "many.zip").write_bytes(listing(1_200_000))
    with pytest.raises(LimitExceeded, match="max_files = 200000 entries"):
        unpack(tmp_path / "many.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_list_of_long_names_is_refused_by_its_size():
    stream = BoundedDirectory(io.BytesIO(listing(1_100, b"x" * 65_000)), Limits(), "long.zip")
    with pytest.raises(LimitExceeded, match=r"long\.zip: its list of entries has \d+ bytes"):
        zipfile.ZipFile(stream)


def test_signatures_across_two_pieces_are_counted():
    """2^20 is no multiple of 47, so some entries lie across."""
    stream = BoundedDirectory(io.BytesIO(listing(50_000)), Limits(max_files=49_999), "a.zip")
    with pytest.raises(LimitExceeded, match="49999"):
        stream.read(50_000 * 47)
    allowed = BoundedDirectory(io.BytesIO(listing(50_000)), Limits(max_files=50_000), "a.zip")
    assert len(allowed.read(50_000 * 47)) == 50_000 * 47


def test_a_real_archive_reads_as_ever():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number in range(30_000):
            file.writestr(f"{number:05d}.txt", b"x")
    stream = BoundedDirectory(io.BytesIO(buffer.getvalue()), Limits(), "a.zip")
    with zipfile.ZipFile(stream) as file:
        assert len(file.infolist()) == 30_000
        assert file.read("29999.txt") == b"x"
    assert stream.seekable()
    assert stream.tell() > 0
