"""What the pipeline needs from the doors: a journal that remembers, and somewhere to put files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from automl_tl.pipeline.spec import Stage
from automl_tl.search.trial import Trial
from automl_tl.transferability.base import Ranking
from automl_tl.transferability.experience import PastResult

__all__ = ["ArtifactFile", "Journal"]


@dataclass(frozen=True)
class ArtifactFile:
    """A file to publish: ``name`` is unique in the job, ``kind`` such as ``model`` or ``report_html``."""

    name: str
    kind: str
    media_type: str
    path: Path


class Journal(Protocol):
    """One job's record under one lease; every write fails if the lease was lost."""

    def finished_stage(self, stage: Stage) -> bool:
        """Return whether the stage's output is already published."""

    def fetch(self, artifact: str, target: Path) -> Path:
        """Copy a published artifact to ``target`` and return it; raises NotFound."""

    def begin(self, stage: Stage) -> None:
        """Record that the stage runs now."""

    def publish(self, stage: Stage, files: Sequence[ArtifactFile]) -> None:
        """Store the files, then stage row, artifact rows and events in one transaction."""

    def offer(self, stage: Stage, file: ArtifactFile) -> None:
        """Store a file at once, in the place of what was offered under its name before; no stage's output."""

    def record_ranking(self, ranking: Ranking) -> None:
        """Store the ranking's rows and tell watchers."""

    def record_trial(self, trial: Trial) -> None:
        """Insert or update a trial's row and tell watchers."""

    def trials(self) -> tuple[Trial, ...]:
        """Return every recorded trial in order of number."""

    def experience(self) -> tuple[PastResult, ...]:
        """Return what earlier jobs found out about models; the same answer under every lease of this job."""

    def held_seconds(self) -> float:
        """Return the seconds for which workers have held the job, under all leases, its trials left out."""

    def progress(self, fraction: float, message: str) -> None:
        """Tell watchers how far the present stage is, in [0, 1], and what it does."""

    def warn(self, message: str) -> None:
        """Tell watchers something they should know; the job goes on."""

    def cancelled(self) -> bool:
        """Return whether somebody asked the job to stop or the lease was lost."""
