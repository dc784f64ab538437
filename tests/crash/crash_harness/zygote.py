"""Starts servers and workers in milliseconds: everything is imported once, every process is a fork of that.

Reads one JSON object a line and answers each with one line: ``{"run": "server" | "worker", "log": path, ...}``
with the id of the new process, ``{"signal": number, "pid": pid}`` and ``{"poll": pid}`` with whether it lives. A
process id is a stranger's as soon as somebody has waited for it; so all signals go through here, to children only.
Children die with the zygote, and it dies with whoever started it.
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
    children: set[int] = set()
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if "run" in order:
            child = os.fork()
            if child == 0:
                _become(order)
            children.add(child)
            print(child, flush=True)
            continue
        child = order["pid"] if "pid" in order else order["poll"]
        if child in children and os.waitpid(child, os.WNOHANG)[0] == child:
            children.remove(child)
        if child in children and "signal" in order:
            os.kill(child, order["signal"])
        print(int(child in children), flush=True)


def _become(order: dict) -> None:
    code = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
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
