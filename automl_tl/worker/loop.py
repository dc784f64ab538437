"""The worker: take a job under a lease, run it, take the next."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from automl_tl.pipeline.streaming import Streaming
from automl_tl.store.layout import DataDirectory
from automl_tl.store.places import Places
from automl_tl.worker.claiming import take_jobs, worker_name
from automl_tl.worker.ended import ended
from automl_tl.worker.execute import JobExecutor
from automl_tl.worker.explainer import ExplainerKeeper
from automl_tl.worker.sweeping import Sweeper
from automl_tl.worker.trial_runners import RayRunners
from automl_tl.worker.trial_shape import TrialShape
from automl_tl.worker.warm_up import warm_up

__all__ = ["run_worker"]

_LEASE_SECONDS = 30.0


def run_worker(
    data_directory: Path,
    *,
    stop: threading.Event,
    once: bool = False,
    job: str = "",
    ray_address: str = "",
    shape: TrialShape | None = None,
    orphaned: Callable[[], bool] = lambda: False,
    places: Places | None = None,
) -> int:
    """Claim and run jobs until told to stop; returns the number of jobs taken.

    Parameters
    ----------
    stop
        Set it to end: a job that is running goes back to the queue and keeps what it has published.
    once
        Return after the first job; with ``job`` also when that one has ended without this worker.
    job
        Take only the job with this resource name; "" takes any.
    ray_address
        Of a Ray that runs on this machine too: ``auto`` or ``host:port``; "" starts a local one.
    shape
        What trials ask this Ray for; None leaves it to what this machine has.
    orphaned
        Whether the process that started this worker is gone; the loop then ends.
    places
        Where ledger and blobs are, the same as the server's; None takes the data directory.
    """
    directory, places = DataDirectory(data_directory).create(), places or Places()
    # A Ray of its own runs on this machine, whose disk all of it sees.
    store = places.open_work_store() if ray_address else None
    copies = store.datasets if store else None
    ledger, runners = places.open_ledger(directory), RayRunners(address=ray_address, shape=shape, copies=copies)
    executor = JobExecutor(
        ledger,
        places.open_blobs(directory),
        directory,
        runner=runners.runner,
        prober=runners.prober,
        devices=runners.devices,
        threads=runners.threads,
        prepare=runners.prepare,
        stop=stop,
        work_store=store,
        command="automl-tl submit DATA, with the options shown in the job's specification",
        streaming=Streaming.from_environment(os.environ),
    )
    sweep = Sweeper(ledger, directory, store)
    if once:
        sweep()  # on a node of a cluster workers are for one job each, and never idle
    try:
        warm_up()
        # One that ends with its job would take a question and leave it half answered.
        with nullcontext() if once else ExplainerKeeper(ledger, data_directory, places):
            return take_jobs(
                lambda: ledger.claim_next(worker_name(), _LEASE_SECONDS, job=job),
                executor.execute,
                stop=stop,
                once=once,
                orphaned=orphaned,
                idle=sweep,
                over=lambda: once and bool(job) and ended(ledger, job),
            )
    finally:
        runners.close()
        ledger.close()
