"""Ray for one worker process: a small local instance, or a connection to a cluster."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import ray
from ray._raylet import Config  # type: ignore[attr-defined]

from automl_tl.errors import Unavailable

__all__ = ["RaySession", "require_token"]

_SOCKET_LIMIT = 45
"""Longest base directory, in bytes: Ray adds about 60 for its sockets and AF_UNIX allows 107."""

_CONNECT_SECONDS = 5.0

_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Ray runs workers at nice 15 by default; on a machine that others use too, a job would starve.
    "RAY_worker_niceness": "0",
    # How long a re-used worker process waits for the thread of a stopped trial to leave its last update.
    "TUNE_FUNCTION_THREAD_TIMEOUT_S": "10",
    # Trials stay in the directory of the worker that started Ray, so that relative paths keep their meaning.
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
}


class RaySession:
    """Starts Ray, or joins a running one, and leaves nothing behind.

    Ray's processes are tied to the thread that starts them (PR_SET_PDEATHSIG counts threads, not processes), so
    a thread of this session starts Ray, waits, and stops it. A process that already uses Ray keeps its instance.

    Parameters
    ----------
    address
        Address of a cluster that runs on this machine too, ``auto`` or ``host:port``, joined with its token (see
        :func:`require_token`); "" starts a local instance.
    cpus, gpus
        What the local instance may use; None means what the machine has.
    object_store_bytes
        Shared memory of the local instance, at least 80 MB; more data than that spills to disk.
    """

    def __init__(
        self,
        *,
        address: str = "",
        cpus: int | None = None,
        gpus: int | None = None,
        object_store_bytes: int = 300_000_000,
    ) -> None:
        self.address = address
        self._cpus = cpus
        self._gpus = gpus
        self._object_store_bytes = object_store_bytes
        self._keeper: threading.Thread | None = None
        self._ready = threading.Event()
        self._leave = threading.Event()
        self._error: BaseException | None = None

    @property
    def local(self) -> bool:
        """Whether trials run on this machine only."""
        return not self.address

    @property
    def started(self) -> bool:
        """Whether Ray can be used now."""
        return self._ready.is_set() and self._error is None and self._keeper is not None

    def start_async(self) -> None:
        """Begin to start Ray and return at once; a second call changes nothing."""
        if self._keeper is not None:
            return
        self._ready.clear()
        self._leave.clear()
        self._error = None
        self._keeper = threading.Thread(target=self._keep, name="ray-session", daemon=True)
        self._keeper.start()

    def start(self, timeout: float | None = None) -> None:
        """Start Ray if need be and wait until it can be used; raises Unavailable with the reason."""
        self.start_async()
        if not self._ready.wait(timeout):
            raise Unavailable(f"Ray did not start within {timeout:g} seconds; look at the load of this machine")
        if self._error is not None:
            reason = " ".join(str(self._error).split())
            self.stop()
            raise Unavailable(f"Ray cannot be used ({reason}); check {self._what_to_check()}")

    def stop(self) -> None:
        """Stop what this session started, also while it is still starting; returns when it is gone."""
        if self._keeper is None:
            return
        self._leave.set()
        self._keeper.join()
        self._keeper = None

    def __enter__(self) -> RaySession:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _what_to_check(self) -> str:
        if self.local:
            return "the address (local)"
        return (
            f"the address {self.address} and the cluster's token: RAY_AUTH_TOKEN_PATH names its file, "
            "RAY_AUTH_MODE=disabled joins a cluster that has none"
        )

    def _keep(self) -> None:
        with contextlib.ExitStack() as stack:
            try:
                if not ray.is_initialized():
                    self._begin(stack)
            except BaseException as error:  # the waiting thread raises it
                self._error = error
            self._ready.set()
            self._leave.wait()

    def _begin(self, stack: contextlib.ExitStack) -> None:
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        if self.address:
            _check_reachable(self.address)
            require_token()
            stack.callback(ray.shutdown)
            ray.init(address=self.address, **options)
            return
        directory = _short_directory()
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        stack.callback(ray.shutdown)
        ray.init(
            address="local",
            num_cpus=self._cpus,
            num_gpus=self._gpus,
            object_store_memory=self._object_store_bytes,
            include_dashboard=False,
            _temp_dir=str(directory),
            **options,
        )


def require_token() -> None:
    """Show the cluster's token from here on, unless RAY_AUTH_MODE says otherwise.

    Whoever reaches an open Ray runs code there, so being open must have been written down. The token is in
    RAY_AUTH_TOKEN, in the file RAY_AUTH_TOKEN_PATH or in ``~/.ray/auth_token``.
    """
    if "RAY_AUTH_MODE" not in os.environ:
        os.environ["RAY_AUTH_MODE"] = "token"
        Config.initialize("")  # Ray read the variable when it was imported


def _check_reachable(address: str) -> None:
    """Raise Unavailable if nothing listens at ``host:port``; Ray itself would try for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        try:
            socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()
        except OSError as error:
            raise Unavailable(f"nothing answers there: {error}") from None


def _short_directory() -> Path:
    """Return a new directory whose path is short enough for Ray's sockets."""
    for base in (tempfile.gettempdir(), "/tmp", "/dev/shm"):  # noqa: S108 - mkdtemp makes a private directory
        if Path(base).is_dir() and os.access(base, os.W_OK) and len(base.encode()) + 12 <= _SOCKET_LIMIT:
            return Path(tempfile.mkdtemp(prefix="ray-", dir=base))
    raise Unavailable("no writable temporary directory has a path short enough for Ray; set TMPDIR=/tmp")
