"""What watchers of a job hear, as plain frozen types; clients import it, so it loads neither numpy nor torch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from automl_tl.json_codec import from_plain, to_plain

__all__ = [
    "BEST_SO_FAR",
    "BEST_SO_FAR_KIND",
    "CHECKPOINT_KIND",
    "MODEL_KIND",
    "ArtifactPublished",
    "Heartbeat",
    "JobChanged",
    "JobEvent",
    "Payload",
    "RankingReady",
    "StageProgress",
    "TrialChanged",
    "Warned",
    "decode_payload",
    "downloaded",
    "encode_payload",
    "kind_of",
]

CHECKPOINT_KIND = "checkpoint"
"""Kind of an artifact that only resuming a job needs; downloads leave it out."""

BEST_SO_FAR, BEST_SO_FAR_KIND = "best_so_far.zip", "model_so_far"
"""Name and kind of the best model so far: readable and replaced while the job goes on."""

MODEL_KIND = "model"
"""Kind of the model that a job delivers."""


@dataclass(frozen=True)
class JobChanged:
    """The job as it is after a change of state or stage; ``stage`` is "" before the first one."""

    job: str
    state: str
    stage: str = ""
    stop_reason: str = ""
    error: str = ""


@dataclass(frozen=True)
class StageProgress:
    """How far the stage is, ``fraction`` in [0, 1], and what it does."""

    stage: str
    fraction: float
    message: str = ""


@dataclass(frozen=True)
class RankingReady:
    """The ranking is complete: how many models it holds, and the id of the best."""

    models: int
    best: str = ""


@dataclass(frozen=True)
class TrialChanged:
    """A trial was created or changed.

    ``value`` is the best validation value of the job's metric so far (NaN before the first report), ``fraction``
    the share of the full run that is done, in [0, 1].
    """

    id: str
    number: int
    model: str
    strategy: str
    state: str
    value: float = float("nan")
    fraction: float = 0.0
    seconds: float = 0.0
    origin: str = ""
    error: str = ""
    parameters: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class ArtifactPublished:
    """A file can be downloaded; ``sha256`` as 64 hex digits."""

    name: str
    kind: str
    media_type: str = ""
    size_bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Warned:
    """Something the user should know; the job goes on."""

    message: str


@dataclass(frozen=True)
class Heartbeat:
    """Nothing happened; the stream is alive. Never stored; its event repeats the last sequence."""


Payload = JobChanged | StageProgress | RankingReady | TrialChanged | ArtifactPublished | Warned | Heartbeat

_KINDS: Mapping[str, type[Payload]] = {
    "job": JobChanged,
    "progress": StageProgress,
    "ranking": RankingReady,
    "trial": TrialChanged,
    "artifact": ArtifactPublished,
    "warning": Warned,
    "heartbeat": Heartbeat,
}


@dataclass(frozen=True)
class JobEvent:
    """One thing that happened to a job: ``sequence`` counts from 1 without gaps, ``time`` is UTC."""

    sequence: int
    time: datetime
    payload: Payload

    @property
    def kind(self) -> str:
        """``job``, ``progress``, ``ranking``, ``trial``, ``artifact``, ``warning`` or ``heartbeat``."""
        return kind_of(self.payload)


def downloaded(kind: str, published: Collection[str]) -> bool:
    """Return whether a download that names no files takes an artifact, where these kinds are published."""
    if kind == BEST_SO_FAR_KIND:
        return MODEL_KIND not in published
    return kind != CHECKPOINT_KIND


def kind_of(payload: Payload) -> str:
    """Return the word under which a payload is stored and sent."""
    return next(kind for kind, known in _KINDS.items() if isinstance(payload, known))


def encode_payload(payload: Payload) -> dict[str, Any]:
    """Return the payload as JSON-ready values; NaN becomes None because JSON has no NaN."""
    return dict(to_plain(payload))


def decode_payload(kind: str, values: Mapping[str, Any]) -> Payload:
    """Return the payload that :func:`encode_payload` wrote; keys of newer versions are ignored."""
    return from_plain(_KINDS[kind], dict(values))
