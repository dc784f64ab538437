"""Runs the trials of a search with Ray Tune."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ray
from ray import tune

from automl_tl.distributed.flights import Flights
from automl_tl.distributed.observer import FlightObserver, StopWhenAsked
from automl_tl.distributed.scheduler import RungScheduler
from automl_tl.distributed.searcher import SourceSearcher
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.trial_process import run_in_process, trial_config
from automl_tl.errors import FailedPrecondition
from automl_tl.finetune.workload import Workload
from automl_tl.search.budget import Deadline
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


class TuneRunner:
    """Implements :class:`~automl_tl.search.runner.TrialRunner` with Ray Tune.

    Parameters
    ----------
    session
        Ray; started by :meth:`run` if nobody has started it.
    storage
        Directory for Ray's files, which are removed when a run ends; every node must see it, and
        ``workload.checkpoint_root`` too.
    resources
        What a trial asks for: one shape for all, because a process is used again for the next trial.
    trial_function
        What a trial does; None means real fine-tuning.
    load_model
        Where models come from; None means each card's own source, kept in the memory of each process.
    grace
        Seconds between asking running trials to end (deadline, cancel) and ending their processes.
    """

    def __init__(
        self,
        session: RaySession,
        resources: Resources | None = None,
        *,
        storage: Path,
        trial_function: TrialFunction | None = None,
        load_model: LoadModel | None = None,
        grace: float = 3.0,
    ) -> None:
        self._session = session
        self._storage = storage.absolute()
        self._resources = resources or Resources()
        self._trial_function = trial_function
        self._load_model = load_model
        self._grace = grace

    @property
    def resources(self) -> Resources:
        """What one trial holds while it runs, and how many run at once."""
        return self._resources

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
        concurrent = self._concurrent()
        name = f"search-{uuid.uuid4().hex[:8]}"
        self._storage.mkdir(parents=True, exist_ok=True)
        stop_flag = self._storage / f"{name}.stop"
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
            concurrent=concurrent,
        )
        shared = ray.put(workload)
        try:
            with _silence("ray.tune"), _environment(_SETTINGS | {"TUNE_MAX_PENDING_TRIALS_PG": str(concurrent)}):
                self._tuner(shared, searcher, observer, flights, name).fit()
        finally:
            observer.kill_all()
            flights.close_all("cancelled")
            stop_flag.unlink(missing_ok=True)
            shutil.rmtree(self._storage / name, ignore_errors=True)

    def _tuner(
        self,
        shared: ray.ObjectRef,
        searcher: SourceSearcher,
        observer: FlightObserver,
        flights: Flights,
        name: str,
    ) -> tune.Tuner:
        function, load_model = self._trial_function, self._load_model

        def trial(config: dict[str, Any]) -> dict[str, Any]:
            return run_in_process(config, workload=ray.get(shared), trial_function=function, load_model=load_model)

        return tune.Tuner(
            tune.with_resources(trial, {"cpu": self._resources.cpus, "gpu": self._resources.gpus}),
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

    def _concurrent(self) -> int:
        """Return how many trials fit at once; a cluster may grow, so only a local Ray is counted."""
        if not self._session.local:
            return self._resources.concurrent
        has = ray.cluster_resources()
        slots = [self._resources.concurrent]
        for name, asked in (("CPU", self._resources.cpus), ("GPU", self._resources.gpus)):
            if asked > has.get(name, 0.0):
                raise FailedPrecondition(
                    f"a trial asks for {asked:g} {name} but this Ray has {has.get(name, 0.0):g}; ask for less"
                )
            if asked > 0:
                slots.append(int(has[name] / asked))
        return max(1, min(slots))


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
