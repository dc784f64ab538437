"""One Ray per worker process, started when the first job begins and kept for the next."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from automl_tl.distributed.probe_runner import RayProbeRunner
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.pipeline.probing.runner import ProbeRunner
from automl_tl.pipeline.spec import Stage
from automl_tl.search.runner import Resources, TrialRunner
from automl_tl.store.leases import Lease
from automl_tl.worker.trial_shape import TrialShape

__all__ = ["RayRunners"]

_WORTH_TASKS = 1.0
"""Seconds of probing from which processes that have probed before are sooner done than this one alone."""
_WORTH_IMPORTING = 15.0
"""The same where each of them has to import everything first, which takes five seconds or more."""
_WORTH_STARTING = 60.0
"""The same where a local Ray would have to be started."""
_BEFORE_SEARCH = (Stage.INGEST, Stage.PROBE, Stage.RANK)


class RayRunners:
    """Makes trial runners on one Ray session.

    Parameters
    ----------
    address
        Address of a Ray cluster; "" starts a local one with this machine's processors.
    shape
        What an operator says that a trial asks for.
    """

    def __init__(self, *, address: str = "", cpus: int | None = None, shape: TrialShape | None = None) -> None:
        self._shape = shape or TrialShape()
        self._cpus = cpus or os.cpu_count() or 1
        self.session = RaySession(address=address, cpus=None if address else self._cpus)
        self._probing: RayProbeRunner | None = None

    def prepare(self, lease: Lease) -> None:
        """Begin to start Ray in the background if this job will search."""
        if lease.spec.stop_after not in _BEFORE_SEARCH:
            self.session.start_async()

    def runner(self, storage: os.PathLike[str]) -> TrialRunner:
        """Return a runner whose files go below ``storage``; it waits for Ray when its first trial is due."""
        return TuneRunner(self.session, self.resources, storage=Path(storage))

    def prober(self, seconds: float) -> ProbeRunner | None:
        """Return Ray for probing that would take this many seconds in one process; None where that is sooner.

        A process of Ray has to import everything before its first task, a local Ray has to start before that.
        """
        local = self.session.local
        if local and self._cpus < 2:
            return None
        if self._probing is not None and self.session.started:
            worth = _WORTH_TASKS
        else:
            worth = _WORTH_STARTING if local and not self.session.started else _WORTH_IMPORTING
        if seconds < worth:
            return None
        if self._probing is None:
            self._probing = RayProbeRunner(self.session, self.resources)
        return self._probing

    def close(self) -> None:
        """Stop Ray if it was started here."""
        self.session.stop()

    @property
    def resources(self) -> Resources:
        """What one trial, or one task of probing, asks for."""
        shape = self._shape
        return Resources(
            cpus=1.0 if shape.cpus is None else shape.cpus,
            gpus=self._share_of_gpus() if shape.gpus is None else shape.gpus,
            concurrent=shape.at_once or self._cpus,
        )

    def _share_of_gpus(self) -> float:
        return min(1.0, torch.cuda.device_count() / self._cpus)
