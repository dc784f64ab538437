"""Files of one machine's processes last as long as the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from automl_tl.distributed import node_directory as module
from automl_tl.distributed.node_directory import hold, node_directory, process_directory, sweep
from automl_tl.errors import FailedPrecondition

OTHER = """
import sys
from automl_tl.distributed.node_directory import process_directory
(process_directory() / "t0001.state.safetensors").write_text("x")
print(process_directory(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv(module.NODE_DIRECTORY_VARIABLE, str(tmp_path / "node"))
    return tmp_path / "node"


def test_a_dead_process_leaves_nothing_once_another_begins(here):
    """One that lives keeps what it has."""
    processes = [
        subprocess.Popen([sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        first, second = (here / process.stdout.readline().strip() for process in processes)
        assert first.parent == second.parent == here / "processes"
        processes[0].kill()
        processes[0].wait()
        assert sweep(here / "processes") == 1
        assert not first.exists()
        assert (second / "t0001.state.safetensors").is_file()
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_it_is_readable_by_its_owner_only(here, monkeypatch):
    """Without a setting it is below the temporary directory; a stranger's is refused."""
    assert node_directory().stat().st_mode & 0o777 == 0o700
    monkeypatch.delenv(module.NODE_DIRECTORY_VARIABLE)
    monkeypatch.setattr(module.tempfile, "gettempdir", lambda: str(here))
    assert node_directory().parent == here
    monkeypatch.setattr(module.os, "getuid", lambda: 12345)
    with pytest.raises(FailedPrecondition, match=module.NODE_DIRECTORY_VARIABLE):
        node_directory()


def test_each_process_has_one(here, monkeypatch):
    """The same at every call."""
    module._of_this_process.cache_clear()
    try:
        assert process_directory() == process_directory()
        assert process_directory().parent == here / "processes"
        assert process_directory().is_dir()
    finally:
        module._of_this_process.cache_clear()


def test_what_several_share_stays_until_the_last_lets_go(tmp_path):
    """Such as a copy of a data set."""
    held = [hold(tmp_path / "copy") for _ in range(2)]
    held[0].path.mkdir()
    for each in held:
        assert sweep(tmp_path) == 0
        each.lock.close()
    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []
    assert sweep(tmp_path / "nowhere") == 0
