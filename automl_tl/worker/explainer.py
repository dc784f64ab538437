"""``python -m automl_tl.worker.explainer``: answers questions about finished jobs, then ends.

A process of its own, because the worker may be in the middle of a long job whose random numbers nobody must touch,
and because a question that takes too much memory must not take a job with it.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from automl_tl.errors import AutomlError, Unavailable
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.places import BLOB_STORE_VARIABLE, DATABASE_VARIABLE, Places
from automl_tl.structured_log import FORMATS, set_up_logging

__all__ = ["ExplainerKeeper", "answer_inquiries", "main"]

_LOG = logging.getLogger(__name__)
_LEASE_SECONDS = 60.0
_IDLE_SECONDS = 120.0
_LOOK_SECONDS = 0.3
_AWAY_SECONDS = 2.0
_GRACE_SECONDS = 5.0


def answer_inquiries(
    data_directory: Path,
    places: Places,
    *,
    stop: threading.Event,
    idle_seconds: float = _IDLE_SECONDS,
    orphaned: Callable[[], bool] = lambda: False,
) -> int:
    """Answer questions until there was none for a while, or until told to stop; returns how many."""
    from automl_tl.worker.explaining import Explaining

    directory = DataDirectory(data_directory).create()
    ledger = places.open_ledger(directory)
    explaining = Explaining(ledger, places.open_blobs(directory), directory)
    answered, last = 0, time.monotonic()
    try:
        while not stop.is_set() and not orphaned() and time.monotonic() - last < idle_seconds:
            try:
                inquiry = ledger.inquiries.claim(_LEASE_SECONDS)
                if inquiry is None:
                    stop.wait(_LOOK_SECONDS)
                    continue
                _LOG.info("explaining a prediction of %s", inquiry.job_name)
                explaining.answer(inquiry)
                answered += 1
                last = time.monotonic()
            except Unavailable as error:
                _LOG.warning("waiting for the ledger: %s", error.message)
                stop.wait(_AWAY_SECONDS)
        return answered
    finally:
        ledger.close()


class ExplainerKeeper:
    """Starts an explainer beside a worker when a question waits and none runs; ``with`` ends it.

    Parameters
    ----------
    places
        Where ledger and blobs are; URLs go by the environment, as everybody sees command lines.
    command
        Another command line of the explainer; for tests.
    """

    def __init__(
        self, ledger: Ledger, data_directory: Path, places: Places, *, command: Sequence[str] = ()
    ) -> None:
        module = (sys.executable, "-m", "automl_tl.worker.explainer")
        self._ledger = ledger
        self._command = tuple(command) or (*module, "--data-dir", str(data_directory), "--with-parent")
        self._urls = {DATABASE_VARIABLE: places.database, BLOB_STORE_VARIABLE: places.blob_store}
        self._process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="explainer-keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @property
    def running(self) -> bool:
        """Whether an explainer runs."""
        return self._process is not None and self._process.poll() is None

    def look(self) -> None:
        """Start an explainer if one is wanted."""
        if self.running or not self._ledger.inquiries.waiting():
            return
        self._process = subprocess.Popen(  # noqa: S603  (our own command line, no shell)
            self._command, stdin=subprocess.DEVNULL, env={**os.environ, **self._urls}
        )

    def _watch(self) -> None:
        told = ""
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.look()
                told = ""
            except (AutomlError, OSError) as error:  # a machine without memory for a process passes, too
                if told != str(error):
                    told = str(error)
                    _LOG.warning("no question can be taken for the moment: %s", told)
                self._stop.wait(_AWAY_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer questions until SIGTERM or SIGINT, until there are no more, or until the parent is gone."""
    parser = argparse.ArgumentParser(prog="python -m automl_tl.worker.explainer", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="the service's data directory")
    parser.add_argument("--idle-seconds", type=float, default=_IDLE_SECONDS, help="end after so long without work")
    parser.add_argument("--log-format", choices=FORMATS, default="text", help="how log lines are written")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process is gone")
    options = parser.parse_args(arguments)
    set_up_logging(level=logging.INFO, form=options.log_format)
    stop, parent = threading.Event(), os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    answer_inquiries(
        options.data_dir,
        Places(os.environ.get(DATABASE_VARIABLE, ""), os.environ.get(BLOB_STORE_VARIABLE, "")),
        stop=stop,
        idle_seconds=options.idle_seconds,
        orphaned=lambda: options.with_parent and os.getppid() != parent,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
