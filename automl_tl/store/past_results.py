"""What earlier jobs of a project found out about models."""

from __future__ import annotations

import math
from collections import defaultdict

from sqlalchemy import select

from automl_tl.pipeline.spec import JobState
from automl_tl.search.trial import TrialState
from automl_tl.store import schema
from automl_tl.store.codec import from_json
from automl_tl.store.engine import Database
from automl_tl.store.leases import Lease
from automl_tl.transferability.experience import PastResult

__all__ = ["PastResults"]

_FIGURE = "accuracy"
_FROM_SEARCH = ("portfolio", "sampler")
_MOST_JOBS = 500


class PastResults:
    """Results of finished jobs, as experience for the ranking of another."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def before(self, lease: Lease) -> tuple[PastResult, ...]:
        """Return the validation accuracy of every fine-tuned model of earlier jobs, one per data set and model.

        Only jobs of the same project that succeeded before this one was created, on other data sets: what was
        learnt on this one's own rows would tell of its test part. The 500 latest jobs count. Several jobs on one
        data set are one task, their best trials averaged.
        """
        jobs, trials = schema.jobs, schema.trials
        with self._database.read() as connection:
            own = connection.execute(
                select(jobs.c.dataset, jobs.c.create_time).where(jobs.c.id == lease.job_id)
            ).one()
            earlier = (
                select(jobs.c.id)
                .where(
                    jobs.c.project == lease.project,
                    jobs.c.state == JobState.SUCCEEDED.value,
                    jobs.c.dataset != own.dataset,
                    jobs.c.end_time < own.create_time,
                )
                .order_by(jobs.c.end_time.desc(), jobs.c.id.desc())
                .limit(_MOST_JOBS)
            )
            rows = connection.execute(
                select(jobs.c.dataset, jobs.c.id, trials.c.model, trials.c.metrics)
                .join(trials, trials.c.job_id == jobs.c.id)
                .where(
                    jobs.c.id.in_(earlier),
                    trials.c.origin.in_(_FROM_SEARCH),
                    trials.c.state.in_((TrialState.SUCCEEDED.value, TrialState.PRUNED.value)),
                )
                .order_by(jobs.c.id, trials.c.number)
            ).all()
        best: dict[tuple[str, str, int], float] = {}
        for dataset, job, model, metrics in rows:
            value = float(from_json(metrics).get(_FIGURE, math.nan))
            if 0 <= value <= 1:
                key = dataset, model, job
                best[key] = max(value, best.get(key, 0.0))
        by_task: dict[tuple[str, str], list[float]] = defaultdict(list)
        for (dataset, model, _), value in best.items():
            by_task[dataset, model].append(value)
        return tuple(
            PastResult(dataset, model, sum(values) / len(values)) for (dataset, model), values in by_task.items()
        )
