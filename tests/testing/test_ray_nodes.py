"""The nodes themselves are started by tests/cluster/; here is what ends them."""

from __future__ import annotations

import subprocess
import sys

from automl_tl.testing.ray_nodes import _descendants, missing_packages

SCRIPT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "print('ready', flush=True); input()"], stdin=subprocess.PIPE)
child.wait()
"""


def test_children_of_children_are_found():
    """Ray's workers are those of the raylet, which is that of `ray start`."""
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"ready\n"
        (grandchild,) = _descendants(parent.pid)
        assert _descendants(grandchild) == []
        parent.kill()
    subprocess.run(["kill", str(grandchild)], check=False)


def test_what_is_missing_is_named():
    """A skipped test says why."""
    assert set(missing_packages()) <= {"ray", "aiohttp_cors", "opencensus", "prometheus_client"}
