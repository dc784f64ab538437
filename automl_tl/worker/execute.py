"""One job under one lease, from claim to final state."""

from __future__ import annotations

import logging
import os
import shutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from automl_tl import names
from automl_tl.errors import AutomlError, Cancelled, LeaseLost
from automl_tl.finetune.metrics import metrics
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.run import PipelineResult, run_pipeline
from automl_tl.pipeline.spec import JobState
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Deadline, StopReason
from automl_tl.search.runner import TrialRunner
from automl_tl.store.blobs import BlobStore
from automl_tl.store.journal import LedgerJournal
from automl_tl.store.layout import DataDirectory
from automl_tl.store.leases import Lease
from automl_tl.store.ledger import Ledger
from automl_tl.store.records import JobError, JobResult
from automl_tl.worker.candidates import choose_candidates
from automl_tl.worker.dataset_files import open_dataset
from automl_tl.worker.heartbeat import Heartbeat

__all__ = ["JobExecutor"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobExecutor:
    """Runs leased jobs against one data directory.

    Attributes
    ----------
    runner
        Makes the trial runner of a job, given the directory for its files; may start Ray.
    prepare
        Called when a job begins, so that Ray can start while the data is read.
    allow_local
        Whether ``local:DIR`` models may be opened: only for jobs of the person at this machine.
    """

    ledger: Ledger
    blobs: BlobStore
    directory: DataDirectory
    runner: Callable[[os.PathLike[str]], TrialRunner]
    prepare: Callable[[Lease], None] = lambda lease: None
    allow_local: bool = False
    command: str = ""

    def execute(self, lease: Lease) -> JobState | None:
        """Run the job and put it into its final state; None if the lease was lost on the way."""
        with Heartbeat(self.ledger, lease):
            try:
                return self._execute(lease)
            except LeaseLost:
                _LOG.warning("%s is held by another worker now; stopped working on it", lease.name)
                return None

    def _execute(self, lease: Lease) -> JobState:
        try:
            result = self._run(lease)
        except LeaseLost:
            raise
        except Cancelled:
            self.ledger.finish(lease, JobState.CANCELLED, StopReason.CANCELLED)
            return JobState.CANCELLED
        except Exception as error:
            if self.ledger.leases.status(lease).cancel_requested:
                self.ledger.finish(lease, JobState.CANCELLED, StopReason.CANCELLED)
                return JobState.CANCELLED
            if not isinstance(error, AutomlError):
                _LOG.error("%s failed:\n%s", lease.name, traceback.format_exc())
            self.ledger.finish(lease, JobState.FAILED, StopReason.FAILED, JobError.of(error))
            return JobState.FAILED
        self.ledger.finish(lease, JobState.SUCCEEDED, result.stop_reason, None, _summary(result))
        shutil.rmtree(self.directory.job_work(lease.project, lease.job), ignore_errors=True)
        return JobState.SUCCEEDED

    def _run(self, lease: Lease) -> PipelineResult:
        spec = lease.spec
        wall = spec.budget.wall_seconds
        deadline = Deadline(lease.start_time.timestamp() + wall if wall else None)
        self.prepare(lease)
        project, digest = names.parse_dataset(spec.dataset)
        record = self.ledger.datasets.get(project, digest)
        candidates, excluded = choose_candidates(spec.models, record.modality, allow_local=self.allow_local)
        work = self.directory.job_work(lease.project, lease.job)
        direction = metrics.get(spec.metric.name).direction if spec.metric.name else "maximize"
        job = JobContext(
            name=lease.name,
            spec=spec,
            dataset=open_dataset(record, self.blobs, self.directory),
            candidates=candidates,
            journal=LedgerJournal(self.ledger, self.blobs, lease, direction=direction),
            started=lease.start_time,
            deadlines=StageDeadlines.plan(deadline, wall),
            work=work,
            cache=EmbeddingCache(self.directory.embeddings),
            runner=lambda: self.runner(work / "ray"),
            command=self.command,
            excluded=excluded,
        )
        return run_pipeline(job)


def _summary(result: PipelineResult) -> JobResult:
    if result.fitted is None:
        return JobResult(model=result.ranking.usable()[0].model if result.ranking else "")
    trial, evaluations = result.fitted.trial, result.fitted.measured.evaluations
    return JobResult(
        model=trial.model,
        strategy=trial.strategy,
        trial=trial.id,
        metric=result.metric,
        direction=metrics.get(result.metric).direction,
        final=evaluations[0],
        baselines=evaluations[1:],
    )
