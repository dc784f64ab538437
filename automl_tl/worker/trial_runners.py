"""One Ray per worker process, started when the first job begins and kept for the next."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from automl_tl.distributed.session import RaySession
from automl_tl.distributed.tune_runner import TuneRunner
from automl_tl.pipeline.spec import Stage
from automl_tl.search.runner import Resources, TrialRunner
from automl_tl.store.leases import Lease

__all__ = ["RayRunners"]

_BEFORE_SEARCH = (Stage.INGEST, Stage.PROBE, Stage.RANK)


class RayRunners:
    """Makes trial runners on one Ray session.

    Parameters
    ----------
    address
        Address of a Ray cluster; "" starts a local one with this machine's processors.
    """

    def __init__(self, *, address: str = "", cpus: int | None = None) -> None:
        self._cpus = cpus or os.cpu_count() or 1
        self.session = RaySession(address=address, cpus=None if address else self._cpus)

    def prepare(self, lease: Lease) -> None:
        """Begin to start Ray in the background if this job will search."""
        if lease.spec.stop_after not in _BEFORE_SEARCH:
            self.session.start_async()

    def runner(self, storage: os.PathLike[str]) -> TrialRunner:
        """Return a runner whose files go below ``storage``; it waits for Ray when its first trial is due."""
        share = min(1.0, torch.cuda.device_count() / self._cpus)
        return TuneRunner(self.session, Resources(gpus=share, concurrent=self._cpus), storage=Path(storage))

    def close(self) -> None:
        """Stop Ray if it was started here."""
        self.session.stop()
