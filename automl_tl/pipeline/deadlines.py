"""How the wall-time budget of a job is shared among its stages.

The promise is a model and a report before the budget ends, so the stages after search have time set aside for
them, and each stage may only use what the stages behind it do not need. On a busy machine they need more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from automl_tl.search.budget import Deadline

__all__ = ["StageDeadlines"]

# Shares of the whole budget, with bounds in seconds, kept free for what comes after each stage.
_AFTER_PROBE = (0.55, 12.0, 600.0)
_AFTER_SEARCH = (0.35, 8.0, 240.0)
_AFTER_FIT = (0.15, 4.0, 60.0)
_AFTER_EXPLAIN = (0.08, 3.0, 20.0)
_AFTER_AUDIT = (0.025, 1.5, 5.0)
_MOST_AFTER_SEARCH, _MOST_AFTER_FIT, _MOST_AFTER_EXPLAIN, _MOST_AFTER_AUDIT = 0.7, 0.5, 0.3, 0.15
"""Shares of the budget that no machine is too busy to leave for what comes before."""
_SEARCH_BEFORE_FIT = 1.5
"""Search ends this many times the measuring's seconds before fitting does."""


def _reserve(wall_seconds: float, share: tuple[float, float, float]) -> float:
    fraction, least, most = share
    return min(max(fraction * wall_seconds, least), most, 0.7 * wall_seconds)


@dataclass(frozen=True)
class StageDeadlines:
    """When probing, search, retraining, fitting, explaining and auditing end; all unlimited without a budget.

    Fitting is retraining and then measuring on the test part, which goes on until it is complete.
    """

    job: Deadline
    probe: Deadline
    search: Deadline
    refit: Deadline
    fit: Deadline
    explain: Deadline
    audit: Deadline
    wall_seconds: float = 0.0

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
            return cls(job, job, job, job, job, job, job)
        fit = job.earlier(_reserve(wall_seconds, _AFTER_FIT))
        return cls(
            job=job,
            probe=job.earlier(_reserve(wall_seconds, _AFTER_PROBE)),
            search=job.earlier(_reserve(wall_seconds, _AFTER_SEARCH)),
            refit=fit,
            fit=fit,
            explain=job.earlier(_reserve(wall_seconds, _AFTER_EXPLAIN)),
            audit=job.earlier(_reserve(wall_seconds, _AFTER_AUDIT)),
            wall_seconds=wall_seconds,
        )

    def slowed(self, factor: float) -> StageDeadlines:
        """Return the deadlines for a machine on which everything takes ``factor`` times as long, >= 1.

        What is kept free behind each stage grows by it, up to a share of the budget.
        """
        if self.job.at is None:
            return self
        return replace(
            self,
            search=self._sooner(self.search, factor, _MOST_AFTER_SEARCH),
            refit=self._sooner(self.refit, factor, _MOST_AFTER_FIT),
            fit=self._sooner(self.fit, factor, _MOST_AFTER_FIT),
            explain=self._sooner(self.explain, factor, _MOST_AFTER_EXPLAIN),
            audit=self._sooner(self.audit, factor, _MOST_AFTER_AUDIT),
        )

    def _sooner(self, stage: Deadline, factor: float, most: float) -> Deadline:
        assert self.job.at is not None
        assert stage.at is not None
        kept = self.job.at - stage.at
        return self.job.earlier(max(kept, min(factor * kept, most * self.wall_seconds)))

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
