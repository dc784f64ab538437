"""One job on this machine, for the person at it: the same ledger and pipeline as the service, without a server."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automl_tl import names
from automl_tl.data.load import load_dataset
from automl_tl.data.sources.base import Progress, fetch_dataset, quietly
from automl_tl.errors import AutomlError, Cancelled, FailedPrecondition
from automl_tl.json_codec import to_plain
from automl_tl.pipeline.columns import summarise_columns
from automl_tl.pipeline.events import JobEvent, downloaded
from automl_tl.pipeline.job_checks import check_job
from automl_tl.pipeline.spec import JobSpec, JobState, Stage
from automl_tl.pipeline.streaming import Streaming
from automl_tl.store.blobs import BlobStore
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.pages import PageRequest
from automl_tl.store.records import DatasetRecord, JobRecord
from automl_tl.worker.claiming import worker_name
from automl_tl.worker.dataset_files import remember
from automl_tl.worker.execute import JobExecutor
from automl_tl.worker.trial_runners import RayRunners
from automl_tl.worker.warm_up import warm_up
from automl_tl.zoo.catalog import load_catalog

__all__ = ["LocalResult", "run_local"]

_LEASE_SECONDS = 60.0
_POLL_SECONDS = 0.15
_EVIDENCE = (Stage.EXPLAIN, Stage.AUDIT, Stage.REPORT)
_WORKSPACE = ".automl_tl"


@dataclass(frozen=True)
class LocalResult:
    """How a local job ended.

    ``error_reason`` is the stable identifier of a failure, ``summary`` the plain JobResult ({} if no model was
    chosen), ``files`` artifact name -> path in ``out``.
    """

    job: str
    state: JobState
    stop_reason: str
    error: str
    seconds: float
    error_reason: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)


def run_local(
    data: str | Path,
    spec: JobSpec,
    *,
    out: Path,
    on_event: Callable[[JobEvent], None],
    cancelled: Callable[[], bool],
    on_fetch: Progress = quietly,
    allow_local_models: bool = True,
    command: str = "",
) -> LocalResult:
    """Run one whole job on ``data`` and leave its artifacts in ``out``.

    Parameters
    ----------
    data
        Directory, archive or manifest file; or its address, from which it is copied into ``out`` before the job's
        time begins. The copy goes when the job ends.
    spec
        Its ``dataset`` is filled in here.
    on_event
        Hears every event of the job in order, from another thread.
    cancelled
        Asked now and then; the job is cancelled once it says yes.
    on_fetch
        Hears how far the copying is.

    Raises
    ------
    DatasetError
        If the data cannot be used.
    Unavailable
        If the data's address does not answer.
    Cancelled
        If ``cancelled`` says yes before there is a job.
    SpecError
        If the spec does not fit the data. Nothing is left behind in ``out`` in any of these cases.
    InvalidInput
        If ``out`` cannot be made.
    """
    directory = DataDirectory(out.resolve() / _WORKSPACE).create()
    ledger, blobs, runners = Ledger(directory.ledger_url), LocalBlobStore(directory.blobs), RayRunners()
    try:
        record = _register(str(data), directory, ledger, blobs, _stoppable(on_fetch, cancelled))
        check_job(
            spec,
            modality=record.modality,
            columns=record.columns,
            row_count=record.row_count,
            catalog=load_catalog(),
            allow_local=allow_local_models,
        )
        job = ledger.jobs.create(names.DEFAULT_PROJECT, spec.model_copy(update={"dataset": record.name}))
        executor = JobExecutor(
            ledger,
            blobs,
            directory,
            runner=runners.runner,
            prober=runners.prober,
            devices=runners.devices,
            threads=runners.threads,
            prepare=runners.prepare,
            allow_local=allow_local_models,
            command=command,
            streaming=Streaming.from_environment(os.environ),
        )
        with _following(ledger, job, on_event, cancelled):
            warm_up(record.modality, evidence=spec.stop_after in _EVIDENCE)
            lease = ledger.claim_next(worker_name(), _LEASE_SECONDS, job=job.name)
            if lease is not None:
                executor.execute(lease)
            elif not ledger.jobs.get(job.project, job.job).state.final:
                raise FailedPrecondition(f"{job.name} was taken by another worker; use another --out directory")
        done = ledger.jobs.get(job.project, job.job)
        return _result(done, _copy_artifacts(ledger, blobs, done, out))
    finally:
        runners.close()
        ledger.close()
        shutil.rmtree(directory.root, ignore_errors=True)


def _stoppable(on_fetch: Progress, cancelled: Callable[[], bool]) -> Progress:
    """Return what hears of a transfer and ends it once the person does not want the job any more."""

    def progress(come: int, whole: int) -> None:
        if cancelled():
            raise Cancelled("cancelled while the data was fetched; no job was begun")
        on_fetch(come, whole)

    return progress


def _register(
    data: str, directory: DataDirectory, ledger: Ledger, blobs: BlobStore, on_fetch: Progress
) -> DatasetRecord:
    """Read the data once to know its modality and digest, and leave it where the executor will look for it."""
    incoming = directory.work / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    dataset = load_dataset(fetch_dataset(data, incoming, progress=on_fetch))
    remember(dataset, directory)
    record = DatasetRecord(
        project=names.DEFAULT_PROJECT,
        digest=dataset.digest,
        display_name=data.rstrip("/").rpartition("/")[2],
        modality=dataset.modality,
        columns=summarise_columns(dataset),
        row_count=len(dataset),
        size_bytes=0,
        uri=dataset.root.resolve().as_uri(),
    )
    return ledger.datasets.add(record, blobs)


@contextmanager
def _following(
    ledger: Ledger, job: JobRecord, on_event: Callable[[JobEvent], None], cancelled: Callable[[], bool]
) -> Iterator[None]:
    """Hand on events and cancellation from a thread while the job runs."""
    over = threading.Event()
    seen, asked = 0, False

    def hand_on() -> None:
        nonlocal seen, asked
        for event in ledger.events.read(job.project, job.job, after=seen).events:
            seen = event.sequence
            on_event(JobEvent(event.sequence, event.time, event.payload))
        if not asked and cancelled():
            with suppress(FailedPrecondition):  # it has ended in this moment
                ledger.jobs.cancel(job.project, job.job, reason="interrupted at the terminal")
            asked = True

    def hand_on_or_wait() -> None:
        with suppress(AutomlError):  # a ledger that is away for a moment is asked again
            hand_on()

    def follow() -> None:
        while not over.wait(_POLL_SECONDS):
            hand_on_or_wait()
        hand_on_or_wait()

    hand_on_or_wait()
    thread = threading.Thread(target=follow, name="job-events", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _copy_artifacts(ledger: Ledger, blobs: BlobStore, job: JobRecord, out: Path) -> dict[str, Path]:
    """Copy what a person wants; what only resuming needs and what a better model replaced stays behind."""
    files = {}
    artifacts = ledger.artifacts.list(job.project, job.job, PageRequest(size=1000)).items
    kinds = {artifact.kind for artifact in artifacts}
    for artifact in artifacts:
        if not downloaded(artifact.kind, kinds):
            continue
        files[artifact.artifact] = blobs.copy(artifact.sha256, out / artifact.artifact)
    return files


def _result(job: JobRecord, files: Mapping[str, Path]) -> LocalResult:
    started = job.start_time.timestamp() if job.start_time else time.time()
    ended = job.end_time.timestamp() if job.end_time else time.time()
    return LocalResult(
        job=job.name,
        state=job.state,
        stop_reason=job.stop_reason,
        error=job.error.message if job.error else "",
        seconds=ended - started,
        error_reason=job.error.reason if job.error else "",
        summary=to_plain(job.result) if job.result else {},
        files=files,
    )
