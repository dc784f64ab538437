"""Starting and stopping Ray, in a process of its own."""

import subprocess
import sys
import threading

import pytest

from automl_tl.distributed.session import RaySession, _short_directory
from automl_tl.errors import Unavailable

SCRIPT = """
import os, pathlib, threading, time
from automl_tl.distributed.session import RaySession

def children():
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.append(path.parent.name)
    return found

session = RaySession(cpus=1, object_store_bytes=90_000_000)
thread = threading.Thread(target=session.start_async)
thread.start()
thread.join()
session.start()
import ray
assert session.started and session.local
assert ray.cluster_resources()["CPU"] == 1
base = pathlib.Path(ray._private.worker._global_node.get_temp_dir_path())
time.sleep(0.5)
assert ray.get(ray.remote(lambda: 41).remote()) == 41
assert children()
session.stop()
assert not ray.is_initialized()
assert not base.exists(), base
until = time.monotonic() + 30
while children() and time.monotonic() < until:
    time.sleep(0.1)
assert not children(), children()
print("clean")
"""


def test_it_survives_the_thread_that_began_it_and_leaves_nothing_behind():
    """Neither a process nor a directory remains after stop."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "clean\n"


def test_a_second_session_in_one_process_shares_ray_and_does_not_stop_it(ray_session):
    """Whoever started Ray stops it."""
    import ray

    with RaySession(cpus=1) as second:
        assert second.started
    assert not second.started
    assert ray.is_initialized()
    assert ray_session.started


def test_stopping_what_never_started_does_nothing():
    """Nor does stopping twice."""
    session = RaySession()
    session.stop()
    session.stop()
    assert not session.started


def test_an_address_where_nothing_answers_is_unavailable_at_once(monkeypatch):
    """Ray itself would try for many minutes; the thread goes too."""
    monkeypatch.setattr("automl_tl.distributed.session.ray.is_initialized", lambda: False)
    session = RaySession(address="127.0.0.1:1")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
        session.start()
    assert not session.started
    assert not [thread for thread in threading.enumerate() if thread.name == "ray-session" and not thread.daemon]


def test_the_directory_of_sockets_is_short(monkeypatch, tmp_path):
    """A long TMPDIR is not used: socket paths end at 107 bytes."""
    long = tmp_path / ("x" * 60)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    directory = _short_directory()
    try:
        assert len(str(directory)) <= 45
        assert directory.is_dir()
    finally:
        directory.rmdir()
