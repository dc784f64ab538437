"""What a job should do, as the user wrote it and checked at the edge."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from automl_tl.pipeline.inherited_spec import InheritedSpec
from automl_tl.pipeline.strict_model import StrictModel
from automl_tl.search.accelerators import check_accelerator

__all__ = [
    "MOST_TUNED",
    "BudgetSpec",
    "ComputeSpec",
    "ConformalSpec",
    "InheritedSpec",
    "JobSpec",
    "JobState",
    "MetricSpec",
    "ModelFilter",
    "SplitSpec",
    "Stage",
]

MOST_TUNED = 20
"""Models that one search may take."""


class Stage(StrEnum):
    """The rooms a job passes through, in order."""

    INGEST = "INGEST"
    PROBE = "PROBE"
    RANK = "RANK"
    SEARCH = "SEARCH"
    FIT = "FIT"
    EXPLAIN = "EXPLAIN"
    AUDIT = "AUDIT"
    REPORT = "REPORT"


class JobState(StrEnum):
    """Lifecycle of a job."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen unless the job is resumed."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class SplitSpec(StrictModel):
    """How rows are divided into train, validation and test."""

    column: str = Field("", description="Column with train/validation/test; '' uses `split` if there is one.")
    validation_fraction: float = Field(0.2, gt=0, lt=0.5)
    test_fraction: float = Field(0.2, gt=0, lt=0.5)


class MetricSpec(StrictModel):
    """What search maximises or minimises on validation data."""

    name: str = Field("", description="'' picks by task and data; the report says why.")
    direction: Literal["", "maximize", "minimize"] = Field("", description="'' takes the metric's own direction.")


class ModelFilter(StrictModel):
    """Which candidate models to consider, and what none of them may exceed.

    What a card knows (parameters, licence) keeps a model out before it is loaded; latency and memory are measured
    after loading and before probing. A model of which a limited figure is unknown is kept out too.
    """

    names: tuple[str, ...] = Field(
        ("starter",), description="Model ids `source:model`, or a bare source for all it lists."
    )
    max_parameters: int = Field(0, ge=0, description="0 means no limit.")
    licences: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), description="Acceptable SPDX identifiers; empty means any."
    )
    max_latency_ms: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Milliseconds to predict one example on the job's device and threads; 0 means no limit.",
    )
    max_memory_mb: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Megabytes (10^6 bytes) to predict one example: weights and activations; 0 means no limit.",
    )


class BudgetSpec(StrictModel):
    """Limits; the first one reached ends the search."""

    trials: int = Field(12, ge=1, le=10_000)
    wall_seconds: float = Field(0.0, ge=0, description="RUNNING to final state; 0 means no limit.")
    gpu_seconds: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Seconds of whole GPUs; limits nothing where trials use none. 0 means no limit.",
    )
    money: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="What device time may cost; 0 means no limit."
    )
    price_per_device_hour: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Price of one device for one hour: a GPU, or a processor where trials use no GPU.",
    )

    @model_validator(mode="after")
    def _money_needs_a_price(self) -> BudgetSpec:
        if self.money and not self.price_per_device_hour:
            raise ValueError("money needs price_per_device_hour, the price of one device for one hour")
        return self


class ComputeSpec(StrictModel):
    """What one trial runs on, and how; what is not said here the worker decides."""

    accelerator: str = Field(
        "", description="Type of GPU as Ray names it, such as H200, for trials and probing; '' takes any."
    )
    gpus_per_trial: int = Field(
        0,
        ge=0,
        le=64,
        description="Whole GPUs of one machine for one trial, which divide its batches; 0 leaves it open.",
    )
    compile: bool = Field(False, description="Whether backbones are compiled for training on one device.")

    @field_validator("accelerator")
    @classmethod
    def _is_a_type(cls, value: str) -> str:
        return check_accelerator(value) if value else value


class ConformalSpec(StrictModel):
    """Sets of classes that miss the right one for a stated share of inputs at most."""

    alpha: float = Field(0.0, ge=0, lt=1, description="That share, such as 0.1; 0 means no sets.")
    method: Literal["lac", "aps"] = Field("lac", description="lac: smallest sets; aps: larger for harder inputs.")


class JobSpec(StrictModel):
    """What a job should do. Immutable once the job exists."""

    dataset: str = Field(description="projects/{project}/datasets/{sha256}")
    task: str = Field("classification", description="classification, multilabel or regression.")
    target: str = Field("label", min_length=1)
    split: SplitSpec = SplitSpec()
    group_by: str = ""
    sensitive: tuple[str, ...] = ()
    favourable: str = Field(
        "",
        description="Class that is good to get: unequal shares of it are a violation then, whatever their cause.",
    )
    metric: MetricSpec = MetricSpec()
    models: ModelFilter = ModelFilter()
    scorers: tuple[str, ...] = Field((), description="Empty means the default ensemble.")
    layers: Literal["best", "last", "mean", "stages"] = Field(
        "best",
        description="What embeddings are made of, where a network offers it; best: chosen per model on train.",
    )
    top_k: int = Field(3, ge=1, le=MOST_TUNED)
    search_space_name: str = Field("", description="A file of search_spaces/space/; '' picks by modality.")
    search_space_yaml: str = Field("", max_length=65_536)
    budget: BudgetSpec = BudgetSpec()
    conformal: ConformalSpec = ConformalSpec()
    inherited: InheritedSpec = InheritedSpec()
    compute: ComputeSpec = ComputeSpec()
    ensemble: bool = Field(False, description="Whether models of several backbones may answer together.")
    stop_after: Stage = Stage.REPORT
    seed: int = Field(0, ge=0, lt=2**31)
    explanations: int = Field(6, ge=0, le=64, description="Test examples to explain.")
    include_examples: bool = Field(False, description="Whether reports may show raw inputs.")
    notes: str = Field("", description="Shown in the report as written by the user.")
    labels: dict[str, str] = Field(default_factory=dict, max_length=64)
