"""Starts servers and workers in milliseconds: everything is imported once, every process is a fork of that.

Reads one JSON object a line (``{"run": "server" | "worker", "log": path, ...}``) and answers with the process id.
Its children die with it, and it dies with whoever started it.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys

from crash_harness.server_process import run_server
from crash_harness.worker_process import run_worker

_PR_SET_PDEATHSIG = 1
_RUN = {"server": run_server, "worker": run_worker}


def main() -> None:
    # The kernel buries the children; nobody waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
        print(child, flush=True)


def _become(order: dict) -> None:
    code = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        log = os.open(order.pop("log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        os.environ.update(order.pop("environment", {}))
        _RUN[order.pop("run")](**order)
        code = 0
    except BaseException as error:
        print(f"process {os.getpid()} ended with {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
