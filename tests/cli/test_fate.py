"""A module that is run under its parent's fate ends when the parent does."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from automl_tl.cli.fate import command_line

PARENT = """
import subprocess, sys, time
from automl_tl.cli.fate import command_line
child = subprocess.Popen(command_line("http.server", "--bind", "127.0.0.1", "0"),
                         stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


def alive(process):
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"


def ends(process, seconds=20.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if not alive(process):
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_the_child_ends_when_its_parent_is_killed():
    parent = subprocess.Popen([sys.executable, "-uc", PARENT], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert ends(child)


def test_the_module_runs_as_a_program_with_its_arguments():
    done = subprocess.run(command_line("calendar", "2026", "1"), capture_output=True, text=True, check=True)
    assert "January 2026" in done.stdout


def test_a_child_of_somebody_else_does_not_start():
    command = command_line("calendar", "2026", "1")
    command[3] = "1"
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""
