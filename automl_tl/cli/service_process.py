"""A whole service as a child process, for as long as a ``with`` block lasts."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from automl_tl.cli.fate import command_line
from automl_tl.cli.sessions import end_session
from automl_tl.errors import Unavailable

__all__ = ["running_service"]

_LISTENING = re.compile(r"listening on (\S+:\d+)")


@contextmanager
def running_service(
    data_dir: Path, *, workers: int = 1, options: Sequence[str] = (), start_seconds: float = 60.0
) -> Iterator[str]:
    """Start ``automl-tl serve`` on a free port and yield its address; none of its processes is left at the end.

    It ends with this process, however that ends. Call it from a thread that lives as long as the block: to the
    kernel the thread that starts a process is its parent.
    What the service and its workers print goes to ``service.log`` in ``data_dir``.

    Raises
    ------
    Unavailable
        If it does not listen after ``start_seconds``; the text holds the end of the log.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "service.log"
    command = command_line("automl_tl.cli.main", "serve", "--port", "0", "--data-dir", str(data_dir))
    with log.open("wb") as sink:
        process = subprocess.Popen(  # noqa: S603  (our own command line, no shell)
            [*command, "--workers", str(workers), *options],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _address(process, log, start_seconds)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(30.0)
        end_session(process.pid)
        process.wait()


def _address(process: subprocess.Popen[bytes], log: Path, seconds: float) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = _LISTENING.search(log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.05)
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    raise Unavailable(f"the service did not start within {seconds:.0f} s; its log ends with:\n{tail}")
