"""Files that every machine reaches: whole or not at all, checked, and an answer when the place is away."""

import hashlib
import pickle

import pytest

from automl_tl.errors import DataCorrupted, NotFound, Unavailable
from automl_tl.store.shared_files import SharedFiles
from automl_tl.testing.gate import gate_to

ABC = hashlib.sha256(b"abc").hexdigest()
QUICK = {"config_kwargs": {"connect_timeout": 1, "read_timeout": 5, "retries": {"max_attempts": 1}}}


@pytest.fixture(params=["file", "memory", "s3"])
def files(request, tmp_path, monkeypatch):
    if request.param == "file":
        return SharedFiles((tmp_path / "store").as_uri())
    if request.param == "memory":
        return SharedFiles(f"memory://{tmp_path.name}")
    server = request.getfixturevalue("object_store")
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return SharedFiles(f"{server.bucket_url}/{tmp_path.name}")


def test_what_one_process_stores_another_finds(files, tmp_path):
    """Under its name and below its folder, until it is erased; a file takes the place of an older one."""
    source = tmp_path / "source"
    source.write_bytes(b"abc")
    files.write(b"old", "a/b/x")
    files.put(source, "a/b/x")
    files.put(source, "a/c")
    other = pickle.loads(pickle.dumps(files.below("a")))
    assert other.read("b/x") == b"abc"
    assert other.fetch("b/x", tmp_path / "new" / "x", ABC).read_bytes() == b"abc"
    assert (other.exists("b/x"), other.exists("b"), other.exists("z")) == (True, False, False)
    assert (files.folders(), files.folders("a"), files.folders("nowhere")) == (("a",), ("b",), ())
    other.remove("c")
    other.remove("c")
    assert not files.exists("a/c")
    files.remove_all("a")
    files.remove_all("a")
    assert not files.exists("a/b/x")
    assert files.folders("a") == ()


def test_other_bytes_than_expected_never_appear(files, tmp_path):
    files.write(b"abd", "x")
    with pytest.raises(DataCorrupted, match=ABC):
        files.fetch("x", tmp_path / "target", ABC)
    with pytest.raises(NotFound, match="file y"):
        files.fetch("y", tmp_path / "target", ABC)
    with pytest.raises(NotFound):
        files.read("y")
    assert not [path.name for path in tmp_path.iterdir() if "target" in path.name]


def test_in_a_directory_nobody_sees_half_a_file(tmp_path, monkeypatch):
    """Written under another name first, which is gone after a failure too."""
    files, seen = SharedFiles(tmp_path.as_uri()), []
    files.write(b"old", "x")

    def pipe_file(place, data):
        seen.append(files.read("x"))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files._files, "pipe_file", pipe_file)
    with pytest.raises(Unavailable, match="try again"):
        files.write(b"new", "x")
    assert seen == [b"old"]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_store_that_is_away_is_unavailable_and_comes_back(object_store, monkeypatch, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"abc")
    with gate_to(object_store.port) as gate:
        for name, value in object_store.environment(gate.port).items():
            monkeypatch.setenv(name, value)
        files = SharedFiles(f"{object_store.bucket_url}/{tmp_path.name}", options=QUICK)
        files.put(source, "x")
        gate.shut()
        for call in (
            lambda: files.put(source, "y"),
            lambda: files.write(b"abc", "y"),
            lambda: files.read("x"),
            lambda: files.exists("x"),
            lambda: files.fetch("x", tmp_path / "target", ABC),
            lambda: files.remove("x"),
            files.folders,
        ):
            with pytest.raises(Unavailable):
                call()
        gate.open()
        assert files.read("x") == b"abc"


def test_credentials_stay_where_they_are(monkeypatch):
    """Only address and options travel to other processes."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")
    assert b"hush" not in pickle.dumps(SharedFiles("s3://bucket/prefix"))
