"""How the wall-time budget of a job is shared among its stages.

The promise is a model and a report before the budget ends, so the stages after search have time set aside for
them, and each stage may only use what the stages behind it do not need.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from automl_tl.search.budget import Deadline

__all__ = ["StageDeadlines"]

# Shares of the whole budget, with bounds in seconds, kept free for what comes after each stage.
_AFTER_PROBE = (0.55, 12.0, 600.0)
_AFTER_SEARCH = (0.35, 8.0, 240.0)
_AFTER_FIT = (0.15, 4.0, 60.0)
_AFTER_EXPLAIN = (0.05, 2.0, 15.0)
_SEARCH_BEFORE_FIT = 1.5
"""Search ends this many times the measuring's seconds before fitting does."""


def _reserve(wall_seconds: float, share: tuple[float, float, float]) -> float:
    fraction, least, most = share
    return min(max(fraction * wall_seconds, least), most, 0.7 * wall_seconds)


@dataclass(frozen=True)
class StageDeadlines:
    """When probing, search, retraining, fitting and explaining have to be done; all unlimited without a budget.

    Fitting is retraining and then measuring on the test part, which goes on until it is complete.
    """

    job: Deadline
    probe: Deadline
    search: Deadline
    refit: Deadline
    fit: Deadline
    explain: Deadline

    @classmethod
    def plan(cls, job: Deadline, wall_seconds: float) -> StageDeadlines:
        """Share out a budget.

        Parameters
        ----------
        job
            When the job has to be in its final state.
        wall_seconds
            The whole budget in seconds; 0 means no limit.
        """
        if not wall_seconds:
            return cls(job, job, job, job, job, job)
        fit = job.earlier(_reserve(wall_seconds, _AFTER_FIT))
        return cls(
            job=job,
            probe=job.earlier(_reserve(wall_seconds, _AFTER_PROBE)),
            search=job.earlier(_reserve(wall_seconds, _AFTER_SEARCH)),
            refit=fit,
            fit=fit,
            explain=job.earlier(_reserve(wall_seconds, _AFTER_EXPLAIN)),
        )

    def for_measuring(self, seconds: float) -> StageDeadlines:
        """Return the deadlines for a test part that takes this long to measure, as far as probing foretells.

        Retraining then ends early enough for the measuring, and search early enough for some retraining; neither
        ends before probing may end.
        """
        if self.job.at is None:
            return self
        refit = self.fit.earlier(seconds).at_least(self.probe)
        search = self.fit.earlier(_SEARCH_BEFORE_FIT * seconds).at_least(self.probe)
        return replace(self, refit=refit, search=search if search.comes_before(self.search) else self.search)
