"""Take job after job under leases; knows nothing of what the jobs are."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable

from automl_tl.errors import Unavailable
from automl_tl.pipeline.spec import JobState
from automl_tl.store.leases import Lease

__all__ = ["take_jobs", "worker_name"]

_LOG = logging.getLogger(__name__)
_IDLE_SECONDS = 0.3
_AWAY_SECONDS = 2.0


def worker_name() -> str:
    """Return a name that tells machine and process."""
    return f"{socket.gethostname()}-{os.getpid()}"


def take_jobs(
    claim: Callable[[], Lease | None],
    execute: Callable[[Lease], JobState | None],
    *,
    stop: threading.Event,
    once: bool = False,
    orphaned: Callable[[], bool] = lambda: False,
    idle: Callable[[], None] = lambda: None,
    over: Callable[[], bool] = lambda: False,
) -> int:
    """Claim and run jobs until told to stop; returns the number of jobs taken.

    While the ledger is away this waits for it.

    Parameters
    ----------
    stop
        Set it to end.
    once
        Return after the first job.
    orphaned
        Whether the process that started this worker is gone; the loop then ends.
    idle
        Called now and then while there is nothing to do.
    over
        Asked while there is nothing to do: whether there will never be anything; the loop then ends.
    """
    taken, away = 0, False
    while not stop.is_set() and not orphaned():
        try:
            lease = claim()
            if lease is None:
                idle()
                if over():
                    break
        except Unavailable as error:
            if not away:
                _LOG.warning("waiting for the ledger: %s", error.message)
            away = True
            stop.wait(_AWAY_SECONDS)
            continue
        away = False
        if lease is None:
            stop.wait(_IDLE_SECONDS)
            continue
        taken += 1
        _LOG.info("working on %s", lease.name)
        state = execute(lease)
        _LOG.info("%s ended %s", lease.name, state)
        if once:
            break
    return taken
