"""Trials: a row before launch, then every report."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from sqlalchemy import Connection, select

from automl_tl.finetune.workload import CurvePoint
from automl_tl.pipeline.events import TrialChanged
from automl_tl.search.trial import Trial, TrialState
from automl_tl.store import events, schema
from automl_tl.store.codec import from_json, to_json
from automl_tl.store.engine import Database
from automl_tl.store.jobs import find_job
from automl_tl.store.leases import Lease, fenced_update
from automl_tl.store.pages import Page, PageRequest

__all__ = ["Trials"]


class Trials:
    """Trial rows, keyed by their number within a job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, lease: Lease, trial: Trial, *, direction: str = "maximize") -> None:
        """Insert or update a trial and tell watchers what is new.

        Parameters
        ----------
        direction
            ``maximize`` or ``minimize``: which value makes a trial the job's best one.

        Raises
        ------
        LeaseLost
            If another worker holds the job.
        """
        table = schema.trials
        with self._database.write() as connection:
            fenced_update(connection, lease)
            now = self._database.now(connection)
            this = (table.c.job_id == lease.job_id, table.c.number == trial.number)
            old = connection.execute(select(table.c.curve).where(*this)).scalar_one_or_none()
            if old is None:
                connection.execute(table.insert().values(job_id=lease.job_id, **_columns(trial)))
            else:
                connection.execute(table.update().where(*this).values(**_columns(trial)))
            fenced_update(connection, lease, best_trial=_best(connection, lease.job_id, direction))
            known = 0 if old is None else len(from_json(old))
            new = [dataclasses.asdict(point) for point in trial.curve[known:]]
            events.append(connection, lease.job_id, _changed(trial), now, extra={"curve": new})

    def all(self, lease: Lease) -> tuple[Trial, ...]:
        """Return every trial of the job in order of number."""
        table = schema.trials
        with self._database.read() as connection:
            query = select(table).where(table.c.job_id == lease.job_id).order_by(table.c.number)
            return tuple(_trial(row) for row in connection.execute(query))

    def list(self, project: str, job: str, page: PageRequest) -> Page[Trial]:
        """Return one page of trials in order of number; raises NotFound."""
        table = schema.trials
        query = ("trials", project, job)
        after = page.after(query)
        with self._database.read() as connection:
            owner = find_job(connection, project, job)
            rows = connection.execute(
                select(table)
                .where(table.c.job_id == owner.id, table.c.number > (-1 if after is None else after))
                .order_by(table.c.number)
                .limit(page.limit + 1)
            ).all()
        return page.page(rows, lambda row: int(row.number), query).map(_trial)


def _best(connection: Connection, job_id: int, direction: str) -> str:
    """Return the id of the best trial; the earlier one of equals, "" where none has a value."""
    table = schema.trials
    order = table.c.value.asc() if direction == "minimize" else table.c.value.desc()
    candidates = (table.c.job_id == job_id, table.c.value.is_not(None), table.c.state != TrialState.FAILED.value)
    query = select(table.c.trial).where(*candidates, table.c.origin != "baseline")
    return str(connection.execute(query.order_by(order, table.c.number).limit(1)).scalar_one_or_none() or "")


def _columns(trial: Trial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "trial": trial.id,
        "model": trial.model,
        "strategy": trial.strategy,
        "parameters": to_json(dict(trial.parameters)),
        "seed": trial.seed,
        "origin": trial.origin,
        "state": trial.state.value,
        "value": float(trial.value) if math.isfinite(trial.value) else None,
        "metrics": to_json(dict(trial.metrics)),
        "curve": to_json([dataclasses.asdict(point) for point in trial.curve]),
        "seconds": float(trial.seconds),
        "checkpoint": trial.checkpoint,
        "error": trial.error,
        "error_field": trial.error_field,
    }


def _trial(row: Any) -> Trial:
    return Trial(
        id=row.trial,
        number=row.number,
        model=row.model,
        strategy=row.strategy,
        parameters=from_json(row.parameters),
        seed=row.seed,
        origin=row.origin,
        state=TrialState(row.state),
        value=float("nan") if row.value is None else row.value,
        curve=tuple(CurvePoint(**point) for point in from_json(row.curve)),
        seconds=row.seconds,
        checkpoint=row.checkpoint,
        error=row.error,
        metrics=from_json(row.metrics),
        error_field=row.error_field,
    )


def _changed(trial: Trial) -> TrialChanged:
    return TrialChanged(
        id=trial.id,
        number=trial.number,
        model=trial.model,
        strategy=trial.strategy,
        state=trial.state.value,
        value=float(trial.value) if math.isfinite(trial.value) else float("nan"),
        fraction=trial.curve[-1].fraction if trial.curve else 0.0,
        seconds=float(trial.seconds),
        origin=trial.origin,
        error=trial.error,
        parameters=dict(trial.parameters),
    )
