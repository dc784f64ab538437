"""One job under one lease, from claim to final state."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from automl_tl import names
from automl_tl.data.sources.base import Progress, fetching_words
from automl_tl.errors import Cancelled, Unavailable
from automl_tl.finetune.metrics import metrics
from automl_tl.pipeline.candidates import choose_candidates
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.ports import Journal
from automl_tl.pipeline.probing.runner import ProbeRunner
from automl_tl.pipeline.run import PipelineResult, run_pipeline
from automl_tl.pipeline.spec import JobState
from automl_tl.pipeline.streaming import Streaming
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Deadline
from automl_tl.search.runner import TrialRunner
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.leases import Lease
from automl_tl.store.ledger import Ledger
from automl_tl.store.patience import Patience
from automl_tl.store.records import JobResult
from automl_tl.store.work_store import WorkStore
from automl_tl.structured_log import log_context
from automl_tl.worker.dataset_files import open_dataset
from automl_tl.worker.leased_work import LeasedWork, Outcome
from automl_tl.worker.shared_cache import SharedEmbeddingCache
from automl_tl.worker.stoppable import StoppableJournal

__all__ = ["JobExecutor"]


@dataclass(frozen=True)
class JobExecutor:
    """Runs leased jobs against one data directory.

    Attributes
    ----------
    runner
        Makes the trial runner of a job, given the directory for its files; may start Ray.
    prober
        Given the seconds of work that this process would need, returns what probes candidates sooner, or None.
    devices
        Over how many GPUs of this machine the job's final model is trained; asked after ``prepare``.
    threads
        With how many threads one process computes, a trial's included; asked after ``prepare``.
    prepare
        Called when a job begins, so that Ray can start while the data is read.
    allow_local
        Whether ``local:DIR`` models may be opened: only for jobs of the person at this machine.
    stop
        Set when this process must end: the job then goes back to the queue and keeps what it has published.
    command
        How a person can repeat the job, for its report.
    streaming
        From which size on data is streamed.
    work_store
        Where nodes of a cluster leave their work for each other; None where they see the same disk.
    """

    ledger: Ledger
    blobs: BlobStore
    directory: DataDirectory
    runner: Callable[[os.PathLike[str]], TrialRunner]
    prober: Callable[[float], ProbeRunner | None] = lambda seconds: None
    devices: Callable[[], int] = lambda: 1
    threads: Callable[[], int] = lambda: 1
    prepare: Callable[[Lease], None] = lambda lease: None
    allow_local: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    command: str = ""
    streaming: Streaming = field(default_factory=Streaming)
    work_store: WorkStore | None = None

    def execute(self, lease: Lease) -> JobState | None:
        """Run the job and put it into its final state; None if the lease was lost on the way."""
        with log_context(job=lease.name):
            state = LeasedWork(self.ledger, self.stop).carry_out(lease, self._work)
        if state is JobState.SUCCEEDED:
            shutil.rmtree(self.directory.job_work(lease.project, lease.job), ignore_errors=True)
            if self.work_store is not None:
                # What cannot be erased now goes with the job's row.
                with suppress(Unavailable):
                    self.work_store.trials(lease.project, lease.job).erase()
        return state

    def _work(self, lease: Lease) -> Outcome:
        result = self._run(lease)
        return Outcome(result.stop_reason, _summary(result))

    def _run(self, lease: Lease) -> PipelineResult:
        spec = lease.spec
        wall = spec.budget.wall_seconds
        deadline = Deadline.after(wall - lease.elapsed if wall else None)
        patience = Patience(pause=self.stop.wait)
        self.prepare(lease)
        project, digest = names.parse_dataset(spec.dataset)
        record = patience.until_done(lambda: self.ledger.datasets.get(project, digest))
        journal = StoppableJournal(self.ledger, self.blobs, lease, stop=self.stop)
        candidates, excluded = choose_candidates(spec.models, record.modality, allow_local=self.allow_local)
        work = self.directory.job_work(lease.project, lease.job)
        job = JobContext(
            name=lease.name,
            spec=spec,
            dataset=patience.until_done(
                lambda: open_dataset(record, self.blobs, self.directory, progress=_fetching(journal))
            ),
            candidates=candidates,
            journal=journal,
            started=lease.start_time,
            deadlines=StageDeadlines.plan(deadline, wall, last=spec.stop_after),
            work=work,
            cache=self._cache(),
            runner=lambda: self.runner(work / "ray"),
            threads=self.threads(),
            devices=self.devices(),
            command=self.command,
            excluded=excluded,
            prober=self.prober,
            streaming=self.streaming,
            elsewhere=self.work_store.trials(lease.project, lease.job) if self.work_store else None,
        )
        return run_pipeline(job)

    def _cache(self) -> EmbeddingCache:
        if self.work_store is None:
            return EmbeddingCache(self.directory.embeddings)
        return SharedEmbeddingCache(self.directory.embeddings, self.work_store.embeddings)


def _fetching(journal: Journal) -> Progress:
    """Return what tells watchers how far a transfer is, and ends it where the job was asked to stop."""

    def progress(come: int, whole: int) -> None:
        if journal.cancelled():
            raise Cancelled("the job was asked to stop")
        journal.progress(0.0, fetching_words(come, whole))

    return progress


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
