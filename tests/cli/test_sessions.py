"""A session is found by its id and ended as a whole."""

import os
import subprocess
import sys

from automl_tl.cli.sessions import end_session, session_members

FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def test_children_and_grandchildren_are_found_and_ended():
    parent = subprocess.Popen(
        [sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    child = int(parent.stdout.readline())
    assert set(session_members(parent.pid)) == {parent.pid, child}
    assert end_session(parent.pid) >= 2
    parent.wait()
    parent.stdout.close()
    assert session_members(parent.pid) == ()


def test_a_session_without_processes_is_empty():
    gone = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    gone.wait()
    assert session_members(gone.pid) == ()
    assert end_session(gone.pid) == 0


def test_this_process_is_in_its_own_session():
    assert os.getpid() in session_members(os.getsid(0))
