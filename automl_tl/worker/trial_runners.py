"""One Ray per worker process, started when the first job begins and kept for the next."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import torch

from automl_tl.data.parallel import processors
from automl_tl.distributed.gpus import gpu_nodes, gpus_per_processor
from automl_tl.distributed.node_data import Copies
from automl_tl.distributed.probe_runner import RayProbeRunner
from automl_tl.distributed.session import RaySession
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.pipeline.probing.runner import ProbeRunner
from automl_tl.pipeline.spec import Stage
from automl_tl.search.packing import SMALLEST_SHARE
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
        Address of a Ray cluster; "" starts a local one with the processors that this process may use.
    shape
        What an operator says that a trial asks for.
    copies
        How nodes get data sets that do not lie on a disk which they see; None where they see the same disk.
    """

    def __init__(
        self,
        *,
        address: str = "",
        cpus: int | None = None,
        shape: TrialShape | None = None,
        copies: Copies | None = None,
    ) -> None:
        self._copies = copies
        self._operators = self._shape = shape or TrialShape()
        self._cpus = cpus or processors()
        self.session = RaySession(address=address, cpus=None if address else self._cpus)
        self._probing: RayProbeRunner | None = None

    def prepare(self, lease: Lease) -> None:
        """Take over what this job asks for, and begin to start Ray in the background if it will search."""
        shape = self._operators.asked(lease.spec.compute)
        if shape != self._shape:
            self._shape, self._probing = shape, None
        if lease.spec.stop_after not in _BEFORE_SEARCH:
            self.session.start_async()

    def runner(self, storage: os.PathLike[str]) -> TrialRunner:
        """Return a runner whose files go below ``storage``; it waits for Ray when its first trial is due.

        Where it depends on a cluster's GPUs what a trial asks for, the cluster is joined here; raises Unavailable.
        """
        if not self.session.local and self._shape.gpus is None:
            self.session.start()
        return TuneRunner(self.session, self.resources, storage=Path(storage), copies=self._copies)

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
            self._probing = RayProbeRunner(self.session, self._for_probing, copies=self._copies)
        return self._probing

    def devices(self) -> int:
        """Return over how many GPUs of this machine training is divided that no trial does, at least 1.

        As many as a trial asks for, where this process sees them: a cluster's trials may run on better machines.
        """
        return max(1, min(int(self._shape.gpus or 1), torch.cuda.device_count()))

    def threads(self) -> int:
        """Return how many threads one process computes with, at least 1: a trial's processors, whole ones."""
        return max(1, int(self._shape.cpus or 1))

    def close(self) -> None:
        """Stop Ray if it was started here."""
        self.session.stop()

    @property
    def resources(self) -> Resources:
        """What one trial asks for; of a cluster whose GPUs it depends on, Ray must have started."""
        shape = self._shape
        gpus = self._share_of_gpus() if shape.gpus is None else shape.gpus
        return Resources(
            # A process computes for each of several GPUs.
            cpus=max(1.0, gpus) if shape.cpus is None else shape.cpus,
            gpus=gpus,
            concurrent=shape.at_once or self._cpus,
            accelerator=shape.accelerator,
        )

    def _for_probing(self) -> Resources:
        """Return what one task of probing asks for: no more than one GPU, and none that only trials need.

        Where processors are many for each GPU, fewer tasks share it than that: each loads libraries there.
        """
        said = self._operators.gpus
        gpus = self._share_of_gpus() if said is None else said
        if said is None and gpus > 0:
            gpus = max(gpus, SMALLEST_SHARE)
        return replace(self.resources, cpus=self._shape.cpus or 1.0, gpus=min(1.0, gpus))

    def _share_of_gpus(self) -> float:
        """Return the share of a GPU that falls to a processor, here or on the cluster's nodes that will do."""
        if self.session.local:
            return min(1.0, torch.cuda.device_count() / self._cpus)
        return gpus_per_processor(gpu_nodes(self._shape.accelerator))
