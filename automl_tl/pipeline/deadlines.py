"""How the wall-time budget of a job is shared among its stages.

The promise is a model and a report before the budget ends, so the stages after search have time set aside for
them, and each stage may only use what the stages behind it do not need. On a busy machine they need more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from automl_tl.pipeline.spec import Stage
from automl_tl.search.budget import Deadline

__all__ = ["StageDeadlines"]

# Shares of the whole budget, with bounds in seconds, kept free for what comes after each stage.
_AFTER_PROBE = (0.55, 12.0, 600.0)
_AFTER_SEARCH = (0.35, 8.0, 240.0)
_AFTER_FIT = (0.15, 4.0, 60.0)
_AFTER_EXPLAIN = (0.08, 3.0, 20.0)
_AFTER_AUDIT = (0.025, 1.5, 5.0)
_AFTER_LAST = {
    Stage.PROBE: _AFTER_PROBE,
    Stage.RANK: _AFTER_PROBE,
    Stage.SEARCH: _AFTER_SEARCH,
    Stage.FIT: _AFTER_FIT,
    Stage.EXPLAIN: _AFTER_EXPLAIN,
    Stage.AUDIT: _AFTER_AUDIT,
}
_TO_END, _TO_RANK_AND_END = _AFTER_AUDIT, _AFTER_FIT
"""What a job keeps that ends with an earlier stage: putting its files away, and ranking before that."""
_MOST_AFTER_SEARCH, _MOST_AFTER_FIT, _MOST_AFTER_EXPLAIN, _MOST_AFTER_AUDIT = 0.7, 0.5, 0.3, 0.15
"""Shares of the budget that no machine is too busy to leave for what comes before."""
_SEARCH_BEFORE_FIT = 1.5
"""Search ends this many times the measuring's seconds before fitting does."""


def _reserve(wall_seconds: float, share: tuple[float, float, float]) -> float:
    fraction, least, most = share
    return min(max(fraction * wall_seconds, least), most, 0.7 * wall_seconds)


def _spare(wall_seconds: float, last: Stage) -> float:
    """Return the seconds that are kept for stages after ``last``, which do not come."""
    share = _AFTER_LAST.get(last)
    if share is None:
        return 0.0
    kept = _TO_RANK_AND_END if share is _AFTER_PROBE else _TO_END
    return max(0.0, _reserve(wall_seconds, share) - _reserve(wall_seconds, kept))


@dataclass(frozen=True)
class StageDeadlines:
    """When probing, search, retraining, fitting, explaining and auditing end; all unlimited without a budget.

    Fitting is retraining and then measuring on the test part, which goes on until it is complete; ``measuring`` is
    how many seconds that is foretold to take.
    """

    job: Deadline
    probe: Deadline
    search: Deadline
    refit: Deadline
    fit: Deadline
    explain: Deadline
    audit: Deadline
    wall_seconds: float = 0.0
    measuring: float = 0.0

    @classmethod
    def plan(cls, job: Deadline, wall_seconds: float, *, last: Stage = Stage.REPORT) -> StageDeadlines:
        """Share out a budget.

        Parameters
        ----------
        job
            When the job has to be in its final state.
        wall_seconds
            The whole budget in seconds; 0 means no limit.
        last
            The stage that the job ends with; what later ones would need is shared among those before it.
        """
        if not wall_seconds:
            return cls(job, job, job, job, job, job, job)
        spare = _spare(wall_seconds, last)

        def before(share: tuple[float, float, float]) -> Deadline:
            return job.earlier(max(0.0, _reserve(wall_seconds, share) - spare))

        return cls(
            job=job,
            probe=before(_AFTER_PROBE),
            search=before(_AFTER_SEARCH),
            refit=before(_AFTER_FIT),
            fit=before(_AFTER_FIT),
            explain=before(_AFTER_EXPLAIN),
            audit=before(_AFTER_AUDIT),
            wall_seconds=wall_seconds,
        )

    def slowed(self, factor: float) -> StageDeadlines:
        """Return the deadlines for a machine on which everything takes ``factor`` times as long, >= 1.

        What the stages behind each one need at least grows by it, up to a share of the budget. A long budget keeps
        more than that for them already, so that there the ends stay as they are.
        """
        if self.job.at is None:
            return self
        return replace(
            self,
            search=self._sooner(self.search, factor * _AFTER_SEARCH[1], _MOST_AFTER_SEARCH),
            refit=self._sooner(self.refit, factor * _AFTER_FIT[1], _MOST_AFTER_FIT),
            fit=self._sooner(self.fit, factor * _AFTER_FIT[1], _MOST_AFTER_FIT),
            explain=self._sooner(self.explain, factor * _AFTER_EXPLAIN[1], _MOST_AFTER_EXPLAIN),
            audit=self._sooner(self.audit, factor * _AFTER_AUDIT[1], _MOST_AFTER_AUDIT),
        )

    def _sooner(self, stage: Deadline, needed: float, most: float) -> Deadline:
        assert self.job.at is not None
        assert stage.at is not None
        return self.job.earlier(max(self.job.at - stage.at, min(needed, most * self.wall_seconds)))

    def for_measuring(self, seconds: float) -> StageDeadlines:
        """Return the deadlines for a test part that takes this long to measure, as far as probing foretells.

        Retraining then ends early enough for the measuring, and search early enough for some retraining; neither
        ends before probing may end.
        """
        if self.job.at is None:
            return replace(self, measuring=seconds)
        refit = self.fit.earlier(seconds).at_least(self.probe)
        search = self.fit.earlier(_SEARCH_BEFORE_FIT * seconds).at_least(self.probe)
        search = search if search.comes_before(self.search) else self.search
        return replace(self, refit=refit, search=search, measuring=seconds)

    def fitting_until(self, end: Deadline) -> StageDeadlines:
        """Return the deadlines where fitting ends here at the latest, and retraining in time for measuring."""
        refit = end.earlier(self.measuring)
        return replace(
            self,
            refit=refit if refit.comes_before(self.refit) else self.refit,
            fit=end if end.comes_before(self.fit) else self.fit,
        )
