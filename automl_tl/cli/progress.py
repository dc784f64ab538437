"""What is known about a running job, gathered from its events; no terminal in here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from automl_tl.pipeline.events import (
    ArtifactPublished,
    JobChanged,
    JobEvent,
    RankingReady,
    StageProgress,
    TrialChanged,
    Warned,
)
from automl_tl.pipeline.spec import JobState, Stage

__all__ = ["JobProgress"]

_FINISHED_TRIALS = frozenset({"SUCCEEDED", "PRUNED", "FAILED"})


@dataclass
class JobProgress:
    """The present picture of one job; ``apply`` folds one event in.

    Attributes
    ----------
    fraction
        How far the present stage is, in [0, 1].
    trials
        The last news of each trial by id.
    curves
        Validation values of each trial in order of arrival, by trial id.
    higher_is_better
        Whether a larger value is the better trial.
    """

    job: str = ""
    state: str = JobState.QUEUED.value
    stage: str = ""
    fraction: float = 0.0
    message: str = ""
    error: str = ""
    stop_reason: str = ""
    ranking: RankingReady | None = None
    trials: dict[str, TrialChanged] = field(default_factory=dict)
    curves: dict[str, list[float]] = field(default_factory=dict)
    artifacts: dict[str, ArtifactPublished] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    higher_is_better: bool = True

    def apply(self, event: JobEvent) -> None:
        """Fold one event into the picture."""
        match event.payload:
            case JobChanged() as change:
                self._job_changed(change)
            case StageProgress() as progress:
                self._enter(progress.stage)
                self.fraction, self.message = progress.fraction, progress.message
            case RankingReady() as ranking:
                self.ranking = ranking
            case TrialChanged() as trial:
                self._trial_changed(trial)
            case ArtifactPublished() as artifact:
                self.artifacts[artifact.name] = artifact
            case Warned(message):
                self.warnings.append(message)
            case _:
                pass

    @property
    def finished(self) -> bool:
        """Whether the job is in a final state."""
        return self.state in JobState.__members__ and JobState(self.state).final

    def stages_done(self) -> tuple[str, ...]:
        """Return the stages that lie behind the present one, or all of them up to it once the job succeeded."""
        names = [stage.value for stage in Stage]
        if self.stage not in names:
            return ()
        place = names.index(self.stage)
        return tuple(names[: place + 1] if self.state == JobState.SUCCEEDED else names[:place])

    def trials_finished(self) -> int:
        """Return how many trials reached a final state."""
        return sum(trial.state in _FINISHED_TRIALS for trial in self.trials.values())

    def leaderboard(self) -> tuple[TrialChanged, ...]:
        """Return the trials best first; trials without a value stand at the end in order of number."""
        sign = -1.0 if self.higher_is_better else 1.0

        def place(trial: TrialChanged) -> tuple[bool, float, int]:
            unknown = math.isnan(trial.value)
            return (unknown, 0.0 if unknown else sign * trial.value, trial.number)

        return tuple(sorted(self.trials.values(), key=place))

    def _enter(self, stage: str) -> None:
        if stage and stage != self.stage:
            self.stage, self.fraction, self.message = stage, 0.0, ""

    def _job_changed(self, change: JobChanged) -> None:
        self.job = change.job or self.job
        self.state = change.state
        self.error = change.error
        self.stop_reason = change.stop_reason
        self._enter(change.stage)

    def _trial_changed(self, trial: TrialChanged) -> None:
        self.trials[trial.id] = trial
        if not math.isnan(trial.value):
            self.curves.setdefault(trial.id, []).append(trial.value)
