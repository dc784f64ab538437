"""Starting the processes of ranks, and ending them for certain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import TracebackType

__all__ = ["RankProcess", "RankProcesses"]

_MODULE = "automl_tl.finetune.ranks.process"
_LAST_WORDS_SECONDS = 5.0


@dataclass
class RankProcess:
    """One rank, as the process that started it sees it."""

    rank: int
    process: subprocess.Popen[bytes]
    connection: Connection
    lifeline: int

    def cause_of_death(self) -> str:
        """Return how a process ended whose connection is closed."""
        try:
            code = self.process.wait(_LAST_WORDS_SECONDS)
        except subprocess.TimeoutExpired:
            return "stopped answering"
        if code >= 0:
            return f"ended with exit status {code}"
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process if it runs and leave nothing of it: neither a zombie nor an open descriptor."""
        self.process.kill()
        self.process.wait()
        self.connection.close()
        os.close(self.lifeline)


class RankProcesses:
    """The processes of one trial's ranks: they begin with the block and are gone after it.

    Each holds a pipe whose other end is here, so that they end too where this process is killed.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self.ranks: list[RankProcess] = []

    def __enter__(self) -> RankProcesses:
        try:
            for rank in range(self._count):
                self.ranks.append(_start(rank, self._count))
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End all of them."""
        while self.ranks:
            self.ranks.pop().end()


def _start(rank: int, count: int) -> RankProcess:
    own, theirs = Pipe()
    reading, lifeline = os.pipe()
    words = (str(value) for value in (rank, count, theirs.fileno(), reading))
    try:
        process = subprocess.Popen(  # noqa: S603 - this package's own module
            [sys.executable, "-m", _MODULE, *words],
            pass_fds=(theirs.fileno(), reading),
            stdin=subprocess.DEVNULL,
            env=_environment(),
            # Ctrl-C at a terminal is for the process that started this one, which then ends it.
            start_new_session=True,
        )
    except BaseException:
        own.close()
        os.close(lifeline)
        raise
    finally:
        theirs.close()
        os.close(reading)
    return RankProcess(rank, process, own, lifeline)


def _environment() -> dict[str, str]:
    """Return the environment, in which the same modules are found and ranks meet on this machine."""
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    if sys.platform == "linux":
        found.setdefault("GLOO_SOCKET_IFNAME", "lo")
    return found
