"""The worker for a cluster behind a Jobs API: it hands jobs over; imports neither torch nor ray."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path

from automl_tl.distributed.jobs_api import JobsApi, api_of_client
from automl_tl.distributed.place import RayPlace
from automl_tl.errors import InvalidInput
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.places import Places
from automl_tl.worker.dispatch import Dispatcher
from automl_tl.worker.ended import ended
from automl_tl.worker.explainer import ExplainerKeeper
from automl_tl.worker.remote_command import RemoteCommand
from automl_tl.worker.sweeping import Sweeper
from automl_tl.worker.trial_shape import TrialShape

__all__ = ["FORWARDED", "hand_over"]

_LOG = logging.getLogger(__name__)

FORWARDED = ("AUTOML_TL_STREAM_ABOVE",)
"""Settings that a job needs wherever it runs; written out, since the module that reads it loads torch."""


def hand_over(
    data_directory: Path,
    place: RayPlace,
    *,
    stop: threading.Event,
    once: bool = False,
    job: str = "",
    at_once: int = 4,
    shape: TrialShape | None = None,
    orphaned: Callable[[], bool] = lambda: False,
    places: Places | None = None,
    interval: float = 1.0,
) -> None:
    """Submit jobs to a cluster and look after them until told to stop; those in flight go on without this process.

    Questions about finished jobs are answered here, in a process of their own: on the cluster nobody stays to.

    Parameters
    ----------
    place
        A place of kind JOBS.
    once
        With ``job``: end when that job has.
    job
        Look after this job only (resource name); "" takes all.
    at_once
        How many jobs may be in flight.
    shape
        What trials ask the cluster for.
    orphaned
        Whether the process that started this one is gone; the loop then ends.
    places
        Where ledger and blobs are, the same as the server's and the cluster's.

    Raises
    ------
    InvalidInput
        If ``once`` names no job.
    Unavailable
        If a Ray Client does not tell where the Jobs API is.
    """
    if once and not job:
        raise InvalidInput("--once with a Jobs API needs --job, the one to wait for", field="job")
    directory, places = DataDirectory(data_directory.absolute()).create(), places or Places()
    url = api_of_client(place.address) if place.address.startswith("ray://") else place.address
    ledger = places.open_ledger(directory)
    settings = {name: os.environ[name] for name in FORWARDED if os.environ.get(name)}
    dispatcher = Dispatcher(
        ledger,
        JobsApi(url),
        RemoteCommand(directory.root, places, shape or TrialShape(), settings),
        at_once=at_once,
        only=job,
    )
    sweep = Sweeper(ledger, directory, places.open_work_store())

    def over() -> bool:
        sweep()
        return orphaned() or (once and ended(ledger, job))

    try:
        with nullcontext() if once else _answering(ledger, directory, places):
            dispatcher.run(stop, over=over, interval=interval)
    finally:
        ledger.close()


def _answering(ledger: Ledger, directory: DataDirectory, places: Places) -> AbstractContextManager[object]:
    """Return what keeps questions answered; without torch nothing does, and a warning says so."""
    if find_spec("torch") is not None:
        return ExplainerKeeper(ledger, directory.root, places)
    _LOG.warning(
        "questions about finished jobs (explain, audit) are not answered here: that needs torch, which this "
        "installation leaves out; install 'automl-tl[worker]', or run `automl-tl worker` where it is installed"
    )
    return nullcontext()
