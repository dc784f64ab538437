"""A journal that remembers nothing, for benchmarks that call the pipeline's steps themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from automl_tl.errors import NotFound
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.search.trial import Trial
from automl_tl.transferability.base import Ranking
from automl_tl.transferability.experience import PastResult

__all__ = ["SilentJournal"]


class SilentJournal:
    """Implements :class:`automl_tl.pipeline.ports.Journal`."""

    def finished_stage(self, stage: Stage) -> bool:
        """Nothing is ever published."""
        return False

    def fetch(self, artifact: str, target: Path) -> Path:
        """Raise NotFound."""
        raise NotFound(f"{artifact} was not published", field="artifact")

    def begin(self, stage: Stage) -> None:
        """Take no note."""

    def publish(self, stage: Stage, files: Sequence[ArtifactFile]) -> None:
        """Take no note."""

    def offer(self, stage: Stage, file: ArtifactFile) -> None:
        """Take no note."""

    def record_ranking(self, ranking: Ranking) -> None:
        """Take no note."""

    def record_trial(self, trial: Trial) -> None:
        """Take no note."""

    def trials(self) -> tuple[Trial, ...]:
        """Return nothing: no job was here before."""
        return ()

    def experience(self) -> tuple[PastResult, ...]:
        """Return nothing: arms must not learn from each other."""
        return ()

    def held_seconds(self) -> float:
        """Nothing was held before: no budget of device time is benchmarked here."""
        return 0.0

    def progress(self, fraction: float, message: str) -> None:
        """Take no note."""

    def warn(self, message: str) -> None:
        """Take no note."""

    def cancelled(self) -> bool:
        """Nobody asks."""
        return False
