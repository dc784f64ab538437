"""Files come several at once, whole and within their time, or not at all."""

import math
import threading

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from automl_tl.data.sources import members
from automl_tl.data.sources.members import Member, copy_members
from automl_tl.errors import DatasetError, Unavailable


@pytest.fixture
def copy(tmp_path):
    """Return a function that copies members by (name, size) out of a store with these contents."""

    def copy(contents, listed, *, longest=math.inf, progress=lambda come, whole: None, files=None):
        files = files or MemoryFileSystem()
        for name, content in contents.items():
            files.pipe_file(f"/members/{name}", content)
        wanted = [Member(f"/members/{name}", tuple(name.split("/")), size) for name, size in listed]
        try:
            copy_members(files, wanted, tmp_path, longest=longest, progress=progress)
        finally:
            MemoryFileSystem().rm("/members", recursive=True)

    return copy


def test_files_come_in_pieces_to_where_they_belong(copy, tmp_path, monkeypatch):
    """Progress counts the bytes of all; the last one tells that everything is there."""
    monkeypatch.setattr(members, "_PIECE", 7)
    contents = {f"{folder}/{number}": bytes(range(number)) for folder in "ab" for number in range(20)}
    told = []
    copy(contents, [(name, len(value)) for name, value in contents.items()], progress=lambda *at: told.append(at))
    assert {name: (tmp_path / name).read_bytes() for name in contents} == contents
    assert told[-1] == (380, 380)
    assert told == sorted(told)


@pytest.mark.parametrize("listed", [3, 5])
def test_a_file_that_changes_meanwhile_is_no_file(copy, listed):
    """Longer than when it was listed, and so perhaps than allowed, or shorter."""
    with pytest.raises(Unavailable, match="changes while it is read"):
        copy({"a": b"four"}, [("a", listed)])


def test_a_name_that_is_file_and_folder_is_refused(copy):
    """Stores have no folders, so that both can be there."""
    with pytest.raises(DatasetError, match="twice, or as a file and a folder"):
        copy({"a": b"", "b": b""}, [("a", 0), ("a", 0)])


class Slow(MemoryFileSystem):
    """Answers only once a test lets it."""

    go = threading.Event()
    cachable = False

    def open(self, path, mode="rb", **options):
        self.go.wait(30)
        return super().open(path, mode, **options)


@pytest.mark.parametrize(("longest", "error"), [(0.0, Unavailable), (math.inf, KeyError)])
def test_whoever_waits_too_long_or_gives_up_ends_all(copy, monkeypatch, longest, error):
    """What is under way ends at its next piece, and nothing else is begun."""
    opened = []
    monkeypatch.setattr(Slow, "go", threading.Event())
    slow = Slow()
    original = Slow.open
    monkeypatch.setattr(
        Slow,
        "open",
        lambda self, path, *rest, **options: opened.append(path) or original(self, path, *rest, **options),
    )

    def progress(come, whole):
        slow.go.set()
        if longest:
            raise KeyError("given up")

    names = [f"{number:03d}" for number in range(200)]
    plain = MemoryFileSystem()
    for name in names:
        plain.pipe_file(f"/members/{name}", b"x")
    with pytest.raises(error):
        copy({}, [(name, 1) for name in names], longest=longest, progress=progress, files=slow)
    assert len(opened) <= 2 * members._AT_ONCE
