"""What the client returns: the service's resources as plain frozen types, without numpy and without gRPC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.probe.cost import ModelCost

__all__ = [
    "Artifact",
    "CatalogModel",
    "Column",
    "CurvePoint",
    "Dataset",
    "Evaluation",
    "Interval",
    "Job",
    "JobResult",
    "ModelCost",
    "Plugin",
    "RankedModel",
    "RowIssue",
    "Trial",
]


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """One model on the test part; ``difference`` is (final - this one) on the job's metric, None for the final."""

    name: str
    description: str = ""
    metrics: Mapping[str, Interval] = field(default_factory=dict)
    difference: Interval | None = None


@dataclass(frozen=True)
class JobResult:
    """What came out of a job.

    ``direction`` is ``maximize`` or ``minimize``, ``final`` None if the job stopped before it was measured,
    ``seconds`` counts from RUNNING to the final state.
    """

    model: str
    strategy: str = ""
    trial: str = ""
    metric: str = ""
    direction: str = ""
    final: Evaluation | None = None
    baselines: tuple[Evaluation, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Job:
    """One job as it was when the service answered; times are UTC, None where it has not happened.

    ``error`` says in words why it failed, ``error_reason`` is the stable identifier for programs.
    """

    name: str
    spec: JobSpec
    state: JobState
    stage: str = ""
    progress: float = 0.0
    message: str = ""
    stop_reason: str = ""
    error: str = ""
    trial_counts: Mapping[str, int] = field(default_factory=dict)
    best_trial: str = ""
    result: JobResult | None = None
    create_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    last_sequence: int = 0
    cancel_reason: str = ""
    error_reason: str = ""


@dataclass(frozen=True)
class Column:
    """What is known about one column of a dataset."""

    name: str
    unique_count: int = 0
    missing_count: int = 0
    example_values: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowIssue:
    """Why one row was left out."""

    row: str
    problem: str


@dataclass(frozen=True)
class Dataset:
    """One immutable dataset; ``issues`` are the first rows that were left out, ``issue_count`` says how many."""

    name: str
    display_name: str = ""
    modality: str = ""
    columns: tuple[Column, ...] = ()
    row_count: int = 0
    size_bytes: int = 0
    create_time: datetime | None = None
    issues: tuple[RowIssue, ...] = ()
    issue_count: int = 0
    uri: str = ""


@dataclass(frozen=True)
class RankedModel:
    """One candidate model in the ranking.

    ``rank`` counts from 1 and is 0 for a model that could not be probed; ``error`` says why. ``score`` is
    comparable within one job only; ``low`` and ``high`` bound it with 95 % probability.
    ``probability_best`` is the probability that no other model would do better after fine-tuning,
    ``expected_regret`` the accuracy that taking this one instead of the best is expected to cost. ``contender``
    says whether it belongs to the models that the data cannot tell from the best, ``prior_shift`` by how much
    published figures and earlier jobs moved its score, ``layers`` what its embedding is made of. ``cost`` is None
    if the model was not loaded.
    """

    model: str
    rank: int
    score: float
    low: float = float("nan")
    high: float = float("nan")
    scores: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    probability_best: float = float("nan")
    expected_regret: float = float("nan")
    contender: bool = False
    prior_shift: float = float("nan")
    layers: str = ""
    parameters: int = 0
    probe_seconds: float = 0.0
    resolved_revision: str = ""
    error: str = ""
    cost: ModelCost | None = None


@dataclass(frozen=True)
class CurvePoint:
    """One point of a learning curve; ``fraction`` is the share of the full run, in (0, 1]."""

    update: int
    fraction: float
    seconds: float
    train_loss: float
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """One fine-tuning attempt.

    ``value`` is its best validation value so far, NaN before the first report; ``fraction`` the share of the full
    run that is done, in [0, 1].
    """

    name: str
    number: int
    state: str
    model: str
    strategy: str
    parameters: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    origin: str = ""
    seed: int = 0
    value: float = float("nan")
    metrics: Mapping[str, float] = field(default_factory=dict)
    fraction: float = 0.0
    curve: tuple[CurvePoint, ...] = ()
    seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True)
class Artifact:
    """One published file; ``sha256`` as 64 hex digits."""

    name: str
    kind: str
    media_type: str = ""
    size_bytes: int = 0
    sha256: str = ""
    create_time: datetime | None = None
    stage: str = ""


@dataclass(frozen=True)
class CatalogModel:
    """One candidate model of the service's catalog; 0 and "" where something is unknown."""

    id: str
    modality: str
    parameters: int = 0
    licence: str = ""
    revision: str = ""
    architecture: str = ""
    family: str = ""
    domain: str = ""
    description: str = ""
    embedding_size: int = 0


@dataclass(frozen=True)
class Plugin:
    """One plug-in of the service: its kind, name, one sentence, and the distribution that provides it."""

    slot: str
    name: str
    summary: str = ""
    distribution: str = ""
