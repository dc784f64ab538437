"""Processes of ranks are gone when they should be, however it comes to that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from automl_tl.finetune.ranks import processes
from automl_tl.finetune.ranks.processes import RankProcesses

SLEEPER = """
import os, sys, threading, time
from multiprocessing.connection import Connection
threading.Thread(target=lambda: (os.read(int(sys.argv[4]), 1), os._exit(1)), daemon=True).start()
connection = Connection(int(sys.argv[3]))
connection.send((os.getpid(), sys.argv[1:3], os.getsid(0)))
if connection.recv() == "leave":
    sys.exit(3)
time.sleep(600)
"""


@pytest.fixture
def sleeper(tmp_path, monkeypatch):
    """Let ranks run a module that only sleeps."""
    (tmp_path / "sleeping_rank.py").write_text(SLEEPER)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(processes, "_MODULE", "sleeping_rank")
    return tmp_path


def gone(pid: int, *, seconds: float = 20.0) -> bool:
    """Return whether a process ends soon; a zombie of another parent counts as gone."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_they_begin_with_the_block_and_leave_nothing_behind_it(sleeper):
    """Neither processes, nor zombies, nor open descriptors; Ctrl-C at this terminal does not reach them."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    with RankProcesses(2) as found:
        told = [rank.connection.recv() for rank in found.ranks]
        assert [words for _, words, _ in told] == [["0", "2"], ["1", "2"]]
        assert all(session == pid for pid, _, session in told)
    for pid, _, _ in told:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_how_one_died_is_told_in_words(sleeper):
    """By a signal, or with a status."""
    with RankProcesses(2) as found:
        first, second = found.ranks
        assert first.alive
        os.kill(first.connection.recv()[0], signal.SIGKILL)
        second.connection.recv()
        second.connection.send("leave")
        assert first.cause_of_death() == "was ended by SIGKILL"
        assert second.cause_of_death() == "ended with exit status 3"
        assert not first.alive


def test_they_end_when_the_process_that_started_them_is_killed(sleeper):
    """It could not end them itself; Ray ends the process of a trial like that."""
    script = (
        "import sys, time\n"
        "from automl_tl.finetune.ranks import processes\n"
        "processes._MODULE = 'sleeping_rank'\n"
        "with processes.RankProcesses(2) as found:\n"
        "    print(*(rank.connection.recv()[0] for rank in found.ranks), flush=True)\n"
        "    time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment)
    pids = [int(word) for word in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)
