"""What the ledger remembers, as frozen types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from automl_tl import names
from automl_tl.data.dataset import RowIssue
from automl_tl.errors import AutomlError
from automl_tl.finetune.evaluation import Evaluation
from automl_tl.pipeline.columns import ColumnSummary
from automl_tl.pipeline.events import Payload, decode_payload
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.search.trial import TrialState

__all__ = [
    "ArtifactRecord",
    "DatasetRecord",
    "EventRecord",
    "JobError",
    "JobRecord",
    "JobResult",
]


@dataclass(frozen=True)
class DatasetRecord:
    """One immutable dataset.

    An uploaded dataset has ``blob`` (SHA-256 of the uploaded file) and ``file_name``, a registered one ``uri``.
    The same content sent again gives a registered one its new place.
    """

    project: str
    digest: str
    display_name: str
    modality: str
    columns: tuple[ColumnSummary, ...]
    row_count: int
    size_bytes: int
    issues: tuple[RowIssue, ...] = ()
    issue_count: int = 0
    blob: str = ""
    file_name: str = ""
    uri: str = ""
    create_time: datetime | None = None

    @property
    def name(self) -> str:
        """``projects/{project}/datasets/{sha256}``."""
        return names.dataset_name(self.project, self.digest)


@dataclass(frozen=True)
class JobError:
    """Why a job failed: a stable ``reason`` for programs and a ``message`` for people."""

    reason: str
    message: str

    @classmethod
    def of(cls, error: BaseException) -> JobError:
        """Return what a caller may learn: our own errors word for word, others by their type only."""
        if isinstance(error, AutomlError):
            return cls(error.reason, error.message)
        return cls("INTERNAL", f"the job failed with an unexpected {type(error).__name__}; see the worker's log")


@dataclass(frozen=True)
class JobResult:
    """What came out of a job that succeeded.

    ``strategy``, ``trial`` (an id such as ``t0003``) and ``final`` are empty if the job stopped after its ranking;
    ``direction`` is ``maximize``, ``minimize`` or "".
    """

    model: str
    strategy: str = ""
    trial: str = ""
    metric: str = ""
    direction: str = ""
    final: Evaluation | None = None
    baselines: tuple[Evaluation, ...] = ()


@dataclass(frozen=True)
class JobRecord:
    """A job as it is now; ``best_trial`` is a trial's id, ``trial_counts`` holds no zeros."""

    project: str
    job: str
    spec: JobSpec
    state: JobState
    stage: str
    progress: float
    message: str
    stop_reason: str
    error: JobError | None
    result: JobResult | None
    best_trial: str
    cancel_reason: str
    create_time: datetime
    queue_time: datetime
    start_time: datetime | None
    end_time: datetime | None
    last_sequence: int
    trial_counts: Mapping[TrialState, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """``projects/{project}/jobs/{job}``."""
        return names.job_name(self.project, self.job)


@dataclass(frozen=True)
class ArtifactRecord:
    """One published file of a job."""

    project: str
    job: str
    artifact: str
    kind: str
    media_type: str
    size_bytes: int
    sha256: str
    stage: str
    create_time: datetime

    @property
    def name(self) -> str:
        """``projects/{project}/jobs/{job}/artifacts/{artifact}``."""
        return names.artifact_name(self.project, self.job, self.artifact)


@dataclass(frozen=True)
class EventRecord:
    """One stored event; ``values`` is its payload and, for a trial, the new points of the ``curve``."""

    sequence: int
    time: datetime
    kind: str
    values: Mapping[str, Any]

    @property
    def payload(self) -> Payload:
        """The payload as a plain type."""
        return decode_payload(self.kind, self.values)
