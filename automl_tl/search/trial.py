"""One fine-tuning attempt as the ledger sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from automl_tl.finetune.workload import CurvePoint

__all__ = ["Trial", "TrialState"]


class TrialState(StrEnum):
    """Lifecycle of a trial."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    PRUNED = "PRUNED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Trial:
    """One fine-tuning attempt.

    ``value`` and ``metrics`` are the validation figures of the point whose checkpoint lies on disk, NaN and none
    before the first report: the point that the run keeps, which need not be the highest. ``origin`` says where the
    configuration came from: ``probe`` (rung 0), ``portfolio``, ``sampler`` or ``baseline``. ``error_field`` is the
    field that a failure names, such as ``learning_rate``, "" where it names none.
    """

    id: str
    number: int
    model: str
    strategy: str
    parameters: Mapping[str, str | int | float | bool]
    seed: int
    origin: str
    state: TrialState = TrialState.PENDING
    value: float = float("nan")
    curve: tuple[CurvePoint, ...] = ()
    seconds: float = 0.0
    checkpoint: str = ""
    error: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    error_field: str = ""
