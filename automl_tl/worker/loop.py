"""The worker: take a job under a lease, run it, take the next."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.worker.execute import JobExecutor
from automl_tl.worker.trial_runners import RayRunners
from automl_tl.worker.warm_up import warm_up

__all__ = ["run_worker", "worker_name"]

_LOG = logging.getLogger(__name__)
_LEASE_SECONDS = 30.0
_IDLE_SECONDS = 0.3


def worker_name() -> str:
    """Return a name that tells machine and process."""
    return f"{socket.gethostname()}-{os.getpid()}"


def run_worker(
    data_directory: Path,
    *,
    stop: threading.Event,
    once: bool = False,
    job: str = "",
    ray_address: str = "",
    orphaned: Callable[[], bool] = lambda: False,
) -> int:
    """Claim and run jobs until told to stop; returns the number of jobs taken.

    Parameters
    ----------
    stop
        Set it to end: a job that is running goes back to the queue and keeps what it has published.
    once
        Return after the first job.
    job
        Take only the job with this resource name; "" takes any.
    orphaned
        Whether the process that started this worker is gone; the loop then ends.
    """
    directory = DataDirectory(data_directory).create()
    ledger, runners = Ledger(directory.ledger_url), RayRunners(address=ray_address)
    executor = JobExecutor(
        ledger,
        BlobStore(directory.blobs),
        directory,
        runner=runners.runner,
        prober=runners.prober,
        prepare=runners.prepare,
        stop=stop,
        command="automl-tl submit DATA, with the options shown in the job's specification",
    )
    taken = 0
    try:
        warm_up()
        while not stop.is_set() and not orphaned():
            lease = ledger.claim_next(worker_name(), _LEASE_SECONDS, job=job)
            if lease is None:
                stop.wait(_IDLE_SECONDS)
                continue
            taken += 1
            _LOG.info("working on %s", lease.name)
            state = executor.execute(lease)
            _LOG.info("%s ended %s", lease.name, state)
            if once:
                break
    finally:
        runners.close()
        ledger.close()
    return taken
