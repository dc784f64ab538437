"""The Python client: upload, create, watch, result, download."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from automl_tl.client import convert, types
from automl_tl.client.audit import audit_report
from automl_tl.client.backoff import Backoff
from automl_tl.client.connection import Connection
from automl_tl.client.credentials import Credentials
from automl_tl.client.download import fetch
from automl_tl.client.explain import explain_request, explanations
from automl_tl.client.pack import packed
from automl_tl.client.upload import Progress, Upload, send
from automl_tl.client.watch import follow
from automl_tl.errors import FailedPrecondition
from automl_tl.explain.plain import PlainExplanation
from automl_tl.names import job_name, parse_dataset, parse_job, project_name
from automl_tl.pipeline.events import Heartbeat, JobEvent, downloaded
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, JobState
from automl_tl.v1 import artifacts_pb2, catalog_pb2, datasets_pb2, explanations_pb2, jobs_pb2

__all__ = ["DEFAULT_ADDRESS", "Client"]

DEFAULT_ADDRESS = "127.0.0.1:50051"


class Client:
    """Talks to one service; use it as a context manager.

    Methods that take a job accept its resource name, its bare id or a :class:`~automl_tl.client.types.Job`.
    Every method raises errors of ``automl_tl.errors``; Unavailable after the service stayed away for a while.

    Parameters
    ----------
    address
        ``host:port`` of the service.
    project
        Project that datasets and jobs belong to.
    timeout
        Seconds that one call may take; streams have no limit.
    patience
        Seconds that a broken stream is tried again before giving up.
    credentials
        Token and certificates; None takes those of the environment (``AUTOML_TL_TOKEN``, ``AUTOML_TL_CA`` ...).
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        project: str = "default",
        timeout: float = 60.0,
        patience: float = 60.0,
        credentials: Credentials | None = None,
    ) -> None:
        self.address = address
        self._parent = project_name(project)
        self._project = project
        self._patience = patience
        self._connection = Connection(
            address,
            timeout=timeout,
            retry=lambda: Backoff(patience=min(3.0, patience)),
            credentials=credentials or Credentials.from_environment(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    # Datasets

    def upload(
        self,
        path: str | Path,
        *,
        modality: str = "",
        display_name: str = "",
        on_progress: Progress | None = None,
    ) -> types.Dataset:
        """Upload a directory, an archive (.zip, .tar.gz) or a manifest (.csv, .parquet, .jsonl).

        A directory is sent as an archive whose bytes depend on its files only; equal content is one dataset. A
        broken upload goes on where it broke.

        Raises
        ------
        DatasetError
            If the data breaks a rule; the text names the row, field or file.
        """
        path = Path(path)
        name = display_name or path.resolve().name
        with packed(path) as file:
            upload = Upload(file, self._parent, modality, name)
            backoff = Backoff(patience=self._patience)
            return convert.dataset_from_wire(send(upload, self._connection, backoff, on_progress=on_progress))

    def register(self, uri: str, *, modality: str = "", display_name: str = "") -> types.Dataset:
        """Register data in one of the service's own data roots, hosts or stores; it stays where it is."""
        request = datasets_pb2.RegisterDatasetRequest(
            parent=self._parent,
            dataset=datasets_pb2.Dataset(display_name=display_name, modality=modality),
            uri=uri,
            request_id=_fresh_id(),
        )
        return convert.dataset_from_wire(self._connection.call(self._connection.datasets.RegisterDataset, request))

    def get_dataset(self, dataset: str | types.Dataset) -> types.Dataset:
        """Return one dataset."""
        request = datasets_pb2.GetDatasetRequest(name=_dataset_name(dataset))
        return convert.dataset_from_wire(self._connection.call(self._connection.datasets.GetDataset, request))

    def list_datasets(self) -> Iterator[types.Dataset]:
        """Yield every dataset of the project, newest first."""
        request = datasets_pb2.ListDatasetsRequest(parent=self._parent)
        pages = self._connection.pages(self._connection.datasets.ListDatasets, request, "datasets")
        return map(convert.dataset_from_wire, pages)

    def delete_dataset(self, dataset: str | types.Dataset) -> None:
        """Erase a dataset with its uploads and cached embeddings."""
        request = datasets_pb2.DeleteDatasetRequest(name=_dataset_name(dataset), request_id=_fresh_id())
        self._connection.call(self._connection.datasets.DeleteDataset, request)

    # Jobs

    def create_job(
        self, spec: JobSpec, *, job_id: str = "", request_id: str | None = None, validate_only: bool = False
    ) -> types.Job:
        """Create a job and return it, normally in state QUEUED.

        The same ``request_id`` with an equal spec returns the first answer; ``validate_only`` checks everything
        and creates nothing. Raises SpecError with the field that breaks a rule.
        """
        request = jobs_pb2.CreateJobRequest(
            parent=self._parent,
            job=jobs_pb2.Job(spec=convert.spec_to_wire(spec)),
            job_id=job_id,
            request_id=request_id or _fresh_id(),
            validate_only=validate_only,
        )
        return convert.job_from_wire(self._connection.call(self._connection.jobs.CreateJob, request))

    def get(self, job: str | types.Job) -> types.Job:
        """Return a job as it is now."""
        request = jobs_pb2.GetJobRequest(name=self._job_name(job))
        return convert.job_from_wire(self._connection.call(self._connection.jobs.GetJob, request))

    def list(self, *, states: Collection[JobState] = ()) -> Iterator[types.Job]:
        """Yield the project's jobs, newest first, or only those in one of ``states``."""
        request = jobs_pb2.ListJobsRequest(parent=self._parent, states=[convert.state_to_wire(s) for s in states])
        pages = self._connection.pages(self._connection.jobs.ListJobs, request, "jobs")
        return map(convert.job_from_wire, pages)

    def cancel(self, job: str | types.Job, *, reason: str = "") -> types.Job:
        """Ask a job to stop; returns at once."""
        request = jobs_pb2.CancelJobRequest(name=self._job_name(job), reason=reason, request_id=_fresh_id())
        return convert.job_from_wire(self._connection.call(self._connection.jobs.CancelJob, request))

    def resume(self, job: str | types.Job, *, budget: BudgetSpec | None = None) -> types.Job:
        """Queue a failed or cancelled job again, under a new budget if one is given."""
        request = jobs_pb2.ResumeJobRequest(
            name=self._job_name(job),
            budget=None if budget is None else convert.budget_to_wire(budget),
            request_id=_fresh_id(),
        )
        return convert.job_from_wire(self._connection.call(self._connection.jobs.ResumeJob, request))

    def delete(self, job: str | types.Job) -> None:
        """Delete a finished job with everything it made."""
        request = jobs_pb2.DeleteJobRequest(name=self._job_name(job), request_id=_fresh_id())
        self._connection.call(self._connection.jobs.DeleteJob, request)

    def watch(self, job: str | types.Job, *, after_sequence: int = 0) -> Iterator[JobEvent]:
        """Yield the job's events, each once, until it is finished; a broken stream is opened again."""
        events = self._events(self._job_name(job), after_sequence)
        return (event for event in events if not isinstance(event.payload, Heartbeat))

    def wait(self, job: str | types.Job, *, on_event: Callable[[JobEvent], None] | None = None) -> types.Job:
        """Wait until a job is finished and return it; ``on_event`` hears what happens meanwhile."""
        for event in self.watch(job):
            if on_event is not None:
                on_event(event)
        return self.get(job)

    def result(self, job: str | types.Job) -> types.JobResult:
        """Return what came out of a job; raises FailedPrecondition with the reason if nothing did."""
        now = self.get(job)
        if now.result is None:
            why = f": {now.error}" if now.error else ""
            raise FailedPrecondition(f"{now.name} has no result, its state is {now.state}{why}", field="job")
        return now.result

    def ranking(self, job: str | types.Job) -> tuple[types.RankedModel, ...]:
        """Return the ranking: candidates best first, then those that could not be probed."""
        request = jobs_pb2.ListRankedModelsRequest(parent=self._job_name(job), page_size=1000)
        pages = self._connection.pages(self._connection.jobs.ListRankedModels, request, "ranked_models")
        return tuple(map(convert.ranked_model_from_wire, pages))

    def trials(self, job: str | types.Job) -> tuple[types.Trial, ...]:
        """Return the job's trials in order of creation, learning curves included."""
        request = jobs_pb2.ListTrialsRequest(parent=self._job_name(job))
        pages = self._connection.pages(self._connection.jobs.ListTrials, request, "trials")
        return tuple(map(convert.trial_from_wire, pages))

    def explain(
        self,
        job: str | types.Job,
        *,
        row_id: str | None = None,
        text: str | None = None,
        image: str | Path | bytes | None = None,
        method: str = "shapley",
        max_evaluations: int = 0,
        seconds: float = 60.0,
        seed: int = 0,
        on_progress: Callable[[str], None] = lambda message: None,
    ) -> Iterator[PlainExplanation]:
        """Explain what a finished job's model says about one row of its dataset, one text or one picture.

        Yields what is known so far, with standard errors that shrink, and at last the answer with its quality,
        whose ``final`` is set. ``on_progress`` hears messages while there is nothing new.

        Parameters
        ----------
        image
            A file or the bytes of one, at most 3.5 MiB.
        method
            ``shapley``, ``integrated_gradients`` (a quick preview), ``grad_cam`` (pictures) or ``lime``.
        seconds
            Working time after which what is there is the answer, at most 600.
        """
        request = explain_request(
            self._job_name(job),
            row_id=row_id,
            text=text,
            image=image,
            method=method,
            max_evaluations=max_evaluations,
            seconds=seconds,
            seed=seed,
        )
        return explanations(
            lambda: self._connection.explanations.ExplainPrediction(request),
            connection=self._connection,
            backoff=Backoff(patience=self._patience),
            on_progress=on_progress,
        )

    def audit(
        self,
        job: str | types.Job,
        sensitive: Collection[str],
        *,
        favourable: str = "",
        seed: int = 0,
        on_progress: Callable[[str], None] = lambda message: None,
    ) -> dict[str, Any]:
        """Compare groups in a finished job's answers to its test part; returns the bias report as JSON values.

        Parameters
        ----------
        sensitive
            Columns of the data set, which need not have been named when the job was created.
        favourable
            The class that is good to get; "" means the job's own.
        """
        request = explanations_pb2.AuditJobRequest(
            name=self._job_name(job), sensitive=list(sensitive), favourable=favourable, seed=seed
        )
        return audit_report(
            lambda: self._connection.explanations.AuditJob(request),
            connection=self._connection,
            backoff=Backoff(patience=self._patience),
            on_progress=on_progress,
        )

    # Artifacts

    def artifacts(self, job: str | types.Job) -> tuple[types.Artifact, ...]:
        """Return the descriptions of everything that a job has published."""
        request = artifacts_pb2.ListArtifactsRequest(parent=self._job_name(job), page_size=1000)
        pages = self._connection.pages(self._connection.artifacts.ListArtifacts, request, "artifacts")
        return tuple(map(convert.artifact_from_wire, pages))

    def download(
        self,
        job: str | types.Job,
        directory: str | Path,
        *,
        names: Collection[str] = (),
        on_progress: Progress | None = None,
    ) -> dict[str, Path]:
        """Download a job's artifacts, or only those with these file names, and return their paths by name.

        What only serves to resume the job stays behind unless its name is given, and so does the best model so far
        once the job has delivered its model.
        Files that are there already are not sent again, half a file is continued.
        """
        files = {artifact.name.rpartition("/")[2]: artifact for artifact in self.artifacts(job)}
        missing = sorted(set(names) - set(files))
        if missing:
            known = ", ".join(sorted(files)) or "none"
            raise FailedPrecondition(f"the job has no artifact {missing[0]!r}; it has: {known}", field="names")
        kinds = {artifact.kind for artifact in files.values()}
        return {
            name: self._fetch(artifact, Path(directory), on_progress)
            for name, artifact in files.items()
            if name in names or (not names and downloaded(artifact.kind, kinds))
        }

    # Catalog

    def models(self, *, modality: str = "", source: str = "") -> Iterator[types.CatalogModel]:
        """Yield the service's candidate models in order of id."""
        request = catalog_pb2.ListModelsRequest(modality=modality, source=source)
        pages = self._connection.pages(self._connection.catalog.ListModels, request, "models")
        return map(convert.model_from_wire, pages)

    def plugins(self) -> tuple[types.Plugin, ...]:
        """Return the service's plug-ins."""
        answer = self._connection.call(self._connection.catalog.ListPlugins, catalog_pb2.ListPluginsRequest())
        return tuple(map(convert.plugin_from_wire, answer.plugins))

    def _fetch(self, artifact: types.Artifact, directory: Path, on_progress: Progress | None) -> Path:
        def look_again() -> types.Artifact:
            request = artifacts_pb2.GetArtifactRequest(name=artifact.name)
            return convert.artifact_from_wire(
                self._connection.call(self._connection.artifacts.GetArtifact, request)
            )

        def open_read(offset: int) -> Iterator[artifacts_pb2.ReadArtifactResponse]:
            request = artifacts_pb2.ReadArtifactRequest(name=artifact.name, offset=offset)
            return self._connection.artifacts.ReadArtifact(request)

        return fetch(
            artifact,
            directory,
            open_read,
            look_again=look_again,
            connection=self._connection,
            backoff=Backoff(patience=self._patience),
            on_progress=on_progress,
        )

    def _events(self, name: str, after_sequence: int) -> Iterator[JobEvent]:
        def open_stream(after: int) -> Iterator[JobEvent]:
            request = jobs_pb2.WatchJobRequest(name=name, after_sequence=after)
            return map(convert.event_from_wire, self._connection.jobs.WatchJob(request))

        def ended(last: int) -> bool:
            job = self.get(name)
            return job.state.final and job.last_sequence <= last

        return follow(
            open_stream,
            ended,
            after_sequence=after_sequence,
            connection=self._connection,
            backoff=Backoff(patience=self._patience),
        )

    def _job_name(self, job: str | types.Job) -> str:
        name = job.name if isinstance(job, types.Job) else job
        return name if "/" in name and parse_job(name) else job_name(self._project, name)


def _dataset_name(dataset: str | types.Dataset) -> str:
    name = dataset.name if isinstance(dataset, types.Dataset) else dataset
    parse_dataset(name)
    return name


def _fresh_id() -> str:
    return str(uuid.uuid4())
