"""Runs the trials of a search with Ray Tune."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ray
from ray import tune

from automl_tl.distributed.flights import Flights
from automl_tl.distributed.gpus import gpu_bytes, stay_within_share
from automl_tl.distributed.node_data import Copies, publish_inputs
from automl_tl.distributed.observer import FlightObserver, StopWhenAsked
from automl_tl.distributed.scheduler import RungScheduler
from automl_tl.distributed.searcher import SourceSearcher
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.slots import ClusterSlots, bundle, local_slots, warn_of_absence
from automl_tl.distributed.stop_flag import ClusterFlag, FileFlag, StopFlag
from automl_tl.distributed.trial_memory import trial_bytes
from automl_tl.distributed.trial_process import run_in_process, trial_config
from automl_tl.finetune.workload import Workload
from automl_tl.search.budget import Deadline
from automl_tl.search.packing import gpu_share
from automl_tl.search.resume import state_of
from automl_tl.search.runner import LoadModel, Resources, TrialEvents, TrialFunction, TrialSource

__all__ = ["TuneRunner"]

_SETTINGS = {
    "RAY_AIR_NEW_OUTPUT": "0",  # the new progress tables ignore verbose=0
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # no CSV, JSON and TensorBoard files per trial
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # Ctrl-C belongs to the process that called us
    "TUNE_DISABLE_STRICT_METRIC_CHECKING": "1",
    "TUNE_GLOBAL_CHECKPOINT_S": "3600",  # our ledger is the truth, Ray's experiment file is not read
    "TUNE_PRINT_ALL_TRIAL_ERRORS": "0",
    "TUNE_WARN_INSUFFICENT_RESOURCE_THRESHOLD_S": "3600",
}
_MOST_PENDING = 200
"""Trials that wait for a process on a cluster; the searcher hands out no more than there is room for."""


class TuneRunner:
    """Implements :class:`~automl_tl.search.runner.TrialRunner` with Ray Tune.

    Parameters
    ----------
    session
        Ray; started by :meth:`run` if nobody has started it.
    storage
        Directory for Ray's files, which are removed when a run ends. Without ``workload.elsewhere`` every node
        must see it, and ``workload.checkpoint_root`` too.
    resources
        What a trial asks for: one shape for all, because a process is used again for the next trial.
    trial_function
        What a trial does; None means real fine-tuning.
    load_model
        Where models come from; None means each card's own source, kept in the memory of each process.
    gpu_bytes
        Memory of the smallest GPU; None asks this machine, or a cluster what it has.
    grace
        Seconds between asking running trials to end (deadline, cancel) and ending their processes.
    copies
        How nodes get the files of a data set that trials read while they train; None where they see the disk on
        which those lie.
    """

    def __init__(
        self,
        session: RaySession,
        resources: Resources | None = None,
        *,
        storage: Path,
        trial_function: TrialFunction | None = None,
        load_model: LoadModel | None = None,
        gpu_bytes: float | None = None,
        grace: float = 3.0,
        copies: Copies | None = None,
    ) -> None:
        self._copies = copies
        self._session = session
        self._storage = storage.absolute()
        self._resources = resources or Resources()
        self._trial_function = trial_function
        self._load_model = load_model
        self._gpu_bytes = gpu_bytes
        self._grace = grace

    @property
    def resources(self) -> Resources:
        """What one trial holds while it runs, and how many run at once."""
        return self._resources

    @property
    def trial_bytes(self) -> float:
        """Bytes that one trial may use where it will run; a cluster is joined to know. Raises Unavailable."""
        self._join()
        size = self._size_of_gpu() if self._resources.gpus > 0 else math.nan
        return trial_bytes(self._resources, gpu_size=size, local=self._session.local)

    def packed(self, needed: float) -> TuneRunner:
        """Return the runner with a share of a GPU for each trial whose memory holds ``needed`` bytes.

        Without GPUs, with several for each trial, or where their memory is not known, it is this runner. Of
        several types on which a trial may run the smallest counts.

        Raises
        ------
        Unavailable
            If these are the GPUs of a cluster that cannot be joined.
        """
        present = self._resources
        if present.gpus <= 0 or present.gpus > 1:
            return self
        size = self._size_of_gpu()
        if math.isnan(size):
            return self
        return TuneRunner(
            self._session,
            replace(present, gpus=gpu_share(needed, size, least=min(present.gpus, 1.0))),
            storage=self._storage,
            trial_function=self._trial_function,
            load_model=self._load_model,
            gpu_bytes=self._gpu_bytes,
            grace=self._grace,
            copies=self._copies,
        )

    def run(
        self,
        workload: Workload,
        source: TrialSource,
        events: TrialEvents,
        *,
        deadline: Deadline,
        cancelled: Callable[[], bool],
    ) -> None:
        """Run trials until the source is empty, the deadline passes or ``cancelled`` says so.

        Raises
        ------
        Unavailable
            If Ray cannot be started.
        FailedPrecondition
            If this Ray can never give a trial what it asks for.
        """
        self._session.start()
        local = self._session.local
        slots = local_slots(self._resources) if local else ClusterSlots(self._resources)
        if not local:
            warn_of_absence(self._resources)
        name = f"search-{uuid.uuid4().hex[:8]}"
        self._storage.mkdir(parents=True, exist_ok=True)
        stop_flag: StopFlag = FileFlag(self._storage / f"{name}.stop")
        if workload.elsewhere is not None:
            stop_flag = ClusterFlag(name)
        flights = Flights(workload, source, events)
        observer = FlightObserver(
            flights, deadline=deadline, cancelled=cancelled, stop_flag=stop_flag, grace=self._grace
        )
        ends_at = None if deadline.at is None else time.time() + deadline.remaining()
        searcher = SourceSearcher(
            flights,
            configure=lambda trial: trial_config(
                trial,
                deadline=ends_at,
                stop_flag=stop_flag,
                allowance=flights.allowance(trial),
                resume_from=state_of(workload, trial),
            ),
            concurrent=slots,
        )
        pending = slots if isinstance(slots, int) else _MOST_PENDING
        publish_inputs(workload, self._copies)
        # Each of several GPUs that a trial holds gets a process of its own.
        shared = ray.put(replace(workload, devices=max(workload.devices, int(self._resources.gpus))))
        try:
            settings = _SETTINGS | {"TUNE_MAX_PENDING_TRIALS_PG": str(pending)}
            with _silence("ray.tune"), _environment(settings):
                self._tuner(shared, searcher, observer, flights, name).fit()
        finally:
            observer.kill_all()
            flights.close_all("cancelled")
            stop_flag.remove()
            shutil.rmtree(self._storage / name, ignore_errors=True)

    def _join(self) -> None:
        """Join a cluster, which must be asked what it has; a Ray of this machine alone can wait."""
        if not self._session.local:
            self._session.start()

    def _size_of_gpu(self) -> float:
        """Return the memory of the smallest GPU on which a trial may run, NaN where one is not known."""
        if self._gpu_bytes is not None:
            return self._gpu_bytes
        self._join()
        return gpu_bytes(self._resources.accelerator, local=self._session.local)

    def _tuner(
        self,
        shared: ray.ObjectRef,
        searcher: SourceSearcher,
        observer: FlightObserver,
        flights: Flights,
        name: str,
    ) -> tune.Tuner:
        function, load_model, share = self._trial_function, self._load_model, self._resources.gpus
        copies = self._copies

        def trial(config: dict[str, Any]) -> dict[str, Any]:
            stay_within_share(share)
            return run_in_process(
                config,
                workload=ray.get(shared),
                trial_function=function,
                load_model=load_model,
                copies=copies,
            )

        return tune.Tuner(
            tune.with_resources(trial, tune.PlacementGroupFactory([bundle(self._resources)])),
            tune_config=tune.TuneConfig(
                search_alg=searcher,
                scheduler=RungScheduler(flights),
                num_samples=-1,
                reuse_actors=True,
                trial_dirname_creator=lambda trial: f"{trial.config['trial']}-{trial.trial_id}",
            ),
            run_config=tune.RunConfig(
                name=name,
                storage_path=str(self._storage),
                verbose=0,
                callbacks=[observer],
                stop=StopWhenAsked(observer),
                failure_config=tune.FailureConfig(max_failures=0),
            ),
        )


@contextlib.contextmanager
def _silence(logger: str) -> Iterator[None]:
    """Keep a library from telling the console what our own trials tell already."""
    target = logging.getLogger(logger)
    before = target.level
    target.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        target.setLevel(before)


@contextlib.contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    """Set variables that Tune reads when a run begins, and put back what was there."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
