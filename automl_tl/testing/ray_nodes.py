"""A real Ray cluster on one machine: ``ray start`` once for the head and once for every other node."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

from automl_tl.testing.ports import free_port

__all__ = ["RayNode", "RayNodes", "missing_packages"]

_START_SECONDS = 120.0
_STORE_BYTES = 80_000_000
_STARTED = "Ray runtime started"


def missing_packages() -> list[str]:
    """Return what the Jobs API needs (``ray[default]``) and this installation leaves out."""
    return [name for name in ("ray", "aiohttp_cors", "opencensus", "prometheus_client") if find_spec(name) is None]


class RayNode:
    """One ``ray start`` with everything that it started."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> None:
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", *arguments]
        # Ray would open ten thousand ports of a fixed range for workers; two clusters on a machine would collide.
        command += ["--min-worker-port", "0", "--max-worker-port", "0", "--dashboard-agent-listen-port", "0"]
        command += ["--object-store-memory", str(_STORE_BYTES), "--disable-usage-stats"]
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 - the words are our own
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def command_lines(self) -> list[str]:
        """Return how the node's processes call themselves."""
        lines = []
        for process in _descendants(self.process.pid):
            with suppress(OSError):
                raw = Path(f"/proc/{process}/cmdline").read_bytes()
                lines.append(raw.replace(b"\0", b" ").decode(errors="replace"))
        return lines

    def kill(self) -> None:
        """End every process of the node at once, as a power cut would."""
        family = [self.process.pid, *_descendants(self.process.pid)]
        for process in family:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()


class RayNodes:
    """A cluster with a token, whose Jobs API answers; use it in a ``with`` statement.

    Parameters
    ----------
    head_cpus, head_gpus
        What the head offers to tasks; 0 keeps them off it.
    environment
        For the processes of all nodes, beside this process's own.

    Attributes
    ----------
    environment
        What the nodes have; with it other processes may join or submit.
    """

    def __init__(
        self, *, head_cpus: int = 1, head_gpus: int = 0, environment: Mapping[str, str] | None = None
    ) -> None:
        # Short, because Ray's sockets lie below it.
        self._directory = tempfile.TemporaryDirectory(prefix="ray-")
        self.root = Path(self._directory.name)
        self.port, self.dashboard_port = free_port(), free_port()
        self.token, path = secrets.token_hex(32), self.root / "token"
        path.write_text(self.token, encoding="utf-8")
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(path),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_worker_niceness": "0",
            # Lost nodes are noticed within seconds instead of half a minute.
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_failure_threshold": "3",
            **(environment or {}),
        }
        self.environment.pop("RAY_ADDRESS", None)
        self.nodes: list[RayNode] = []
        self._head = ["--num-cpus", str(head_cpus), "--num-gpus", str(head_gpus)]

    @property
    def address(self) -> str:
        """``host:port`` by which drivers and nodes join."""
        return f"127.0.0.1:{self.port}"

    @property
    def jobs_url(self) -> str:
        """URL of the Jobs API."""
        return f"http://127.0.0.1:{self.dashboard_port}"

    def __enter__(self) -> RayNodes:
        head = ["--head", "--node-ip-address", "127.0.0.1", "--port", str(self.port)]
        head += ["--dashboard-host", "127.0.0.1", "--dashboard-port", str(self.dashboard_port)]
        head += ["--ray-client-server-port", str(free_port()), "--temp-dir", str(self.root / "r"), *self._head]
        self._start(head)
        try:
            self._wait_for_jobs_api()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, *, cpus: int = 1, gpus: int = 0) -> RayNode:
        """Start another node and return when it has joined: two that start at once get into each other's way."""
        node = self._start(["--address", self.address, "--num-cpus", str(cpus), "--num-gpus", str(gpus)])
        deadline = time.monotonic() + _START_SECONDS
        while _STARTED not in (told := node.log.read_text(encoding="utf-8", errors="replace")):
            if node.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the node does not join; it says: {told[-2000:]}")
            time.sleep(0.1)
        return node

    def close(self) -> None:
        """End everything and erase its files."""
        for node in reversed(self.nodes):
            node.kill()
        self._directory.cleanup()

    def _start(self, arguments: list[str]) -> RayNode:
        node = RayNode(arguments, self.environment, self.root / f"node-{len(self.nodes)}.log")
        self.nodes.append(node)
        return node

    def _wait_for_jobs_api(self) -> None:
        from automl_tl.distributed.jobs_api import JobsApi
        from automl_tl.errors import AutomlError

        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                JobsApi(self.jobs_url, token=self.token).list()
                return
            except AutomlError as error:
                head = self.nodes[0]
                if head.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"{error}; {head.log.read_text(errors='replace')[-2000:]}") from None
            time.sleep(0.1)


def _descendants(process: int) -> list[int]:
    """Return the ids of all processes that a process has started, and those have started in turn."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(path.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    found = list(children.get(process, []))
    for child in found:  # grows while it is walked through
        found += children.get(child, [])
    return found
