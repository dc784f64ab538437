"""A service that does not start says why."""

import signal
import subprocess
import sys
import time

import pytest

from automl_tl.cli.service_process import running_service
from automl_tl.client import Client
from automl_tl.errors import Unavailable

OWNER = """
import sys, time
from pathlib import Path
from automl_tl.cli.service_process import running_service
with running_service(Path(sys.argv[1]), workers=0) as address:
    print(address, flush=True)
    time.sleep(60)
"""


def test_the_end_of_the_log_is_in_the_error(tmp_path):
    started = time.monotonic()
    with pytest.raises(Unavailable, match="No such option '--fly'"), running_service(tmp_path, options=["--fly"]):
        pass
    assert time.monotonic() - started < 30


def test_a_service_does_not_outlive_the_process_that_started_it(tmp_path):
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    address = owner.stdout.readline().strip()
    with Client(address) as client:
        assert list(client.list()) == []
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        owner.stdout.close()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                list(client.list())
            except Unavailable:
                return
    raise AssertionError("the service goes on without its owner")
