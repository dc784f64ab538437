"""Servers and workers that can be killed, stopped and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automl_tl.testing.ports import free_port

HERE = Path(__file__).parent.parent
START_SECONDS = 60.0


class Zygote:
    """The process of which all others are forks."""

    def __init__(self) -> None:
        path = os.pathsep.join((str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crash_harness.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            text=True,
        )
        self._lock = threading.Lock()
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def order(self, order: dict[str, Any]) -> int:
        """Give an order and return the answer: the id of a new process, or whether one lives."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            try:
                self._process.stdin.write(json.dumps(order) + "\n")
                self._process.stdin.flush()
                return int(self._process.stdout.readline())
            except (BrokenPipeError, ValueError):
                raise AssertionError(f"the zygote ended with {self._process.wait()} at {order}") from None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe and pipe.close()


@dataclass
class Process:
    """One server or worker; a new start is a new process with the same orders."""

    zygote: Zygote
    order: dict[str, Any]
    pid: int = 0
    starts: int = 0

    def start(self) -> None:
        self.pid = self.zygote.order(self.order)
        self.starts += 1

    def signal(self, number: int) -> None:
        """Send a signal, unless the process is gone: its id may be a stranger's by now."""
        self.zygote.order({"signal": int(number), "pid": self.pid})

    def alive(self) -> bool:
        return self.zygote.order({"poll": self.pid}) == 1

    def gone(self, seconds: float = 30.0) -> None:
        """Wait until nothing is left of the process."""
        deadline = time.monotonic() + seconds
        while self.alive():
            assert time.monotonic() < deadline, f"process {self.pid} does not end"
            time.sleep(0.005)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.gone()


@dataclass
class Cluster:
    """A service: servers and workers on one ledger and one blob store."""

    zygote: Zygote
    root: Path
    database: str = ""
    blob_store: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    servers: list[Process] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)

    @property
    def witnesses(self) -> Path:
        return self.root / "witnesses"

    def add_server(self, *, own_directory: bool = False) -> Process:
        """Start a server; with a directory of its own it can stand beside others."""
        name = f"server-{len(self.servers)}" if own_directory else "data"
        order = {"run": "server", "port": free_port(), **self._common(name)}
        server = Process(self.zygote, order)
        self.servers.append(server)
        server.start()
        self.wait_for(server)
        return server

    def add_worker(self, *, lease_seconds: float = 2.0, stage_seconds: float = 0.1, **more: Any) -> Process:
        self.witnesses.mkdir(exist_ok=True)
        order = {
            "run": "worker",
            "witness_dir": str(self.witnesses),
            "lease_seconds": lease_seconds,
            "stage_seconds": stage_seconds,
            **self._common("data"),
            **more,
        }
        worker = Process(self.zygote, order)
        self.workers.append(worker)
        worker.start()
        return worker

    def wait_for(self, server: Process, seconds: float = START_SECONDS) -> None:
        """Return once the server takes connections."""
        deadline = time.monotonic() + seconds
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", server.order["port"]), timeout=1):
                return
            if not server.alive() or time.monotonic() > deadline:
                raise AssertionError(f"the server does not answer; the log ends with:\n{self.log()[-3000:]}")
            time.sleep(0.01)

    def address(self, server: Process | None = None) -> str:
        return f"127.0.0.1:{(server or self.servers[0]).order['port']}"

    def log(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.root.glob("*.log")))

    def close(self) -> None:
        for process in (*self.workers, *self.servers):
            process.kill()

    def _common(self, name: str) -> dict[str, Any]:
        return {
            "data_dir": str(self.root / name),
            "database": self.database,
            "blob_store": self.blob_store,
            "environment": self.environment,
            "log": str(self.root / f"{name}.log"),
        }
