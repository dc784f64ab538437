"""For how long workers have held a job, from its history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import case, select

from automl_tl.pipeline.spec import JobState
from automl_tl.store import schema
from automl_tl.store.codec import from_json
from automl_tl.store.engine import Database
from automl_tl.store.leases import TAKEN, Lease

__all__ = ["held_seconds"]

_HELD = (JobState.RUNNING.value, JobState.CANCELLING.value)


def held_seconds(database: Database, lease: Lease) -> float:
    """Return the seconds for which workers have held the job since it left the queue, its trials left out.

    Under every lease the clock stands still from the first trial that changes until the next stage begins: what
    trials took, their rows say. It stands still as well while nobody holds the job; a worker that vanished held it
    until the last thing that it told.
    """
    events, jobs = schema.events, schema.jobs
    start = select(jobs.c.start_time).where(jobs.c.id == lease.job_id).scalar_subquery()
    change = case((events.c.kind == "job", events.c.payload), else_="{}")
    query = select(events.c.time, events.c.kind, change.label("change"))
    query = query.where(events.c.job_id == lease.job_id, events.c.time >= start).order_by(events.c.sequence)
    with database.read() as connection:
        return _held(connection.execute(query), database.now(connection))


def _held(history: Iterable[Any], now: float) -> float:
    """Add up what lies between one event and the next, as far as it counts."""
    seconds, since, trials_run = 0.0, now, True
    for event in history:
        change = from_json(event.change)
        if not trials_run and TAKEN not in change:
            seconds += event.time - since
        since = event.time
        if event.kind == "job":
            trials_run = change["state"] not in _HELD
        elif event.kind == "trial":
            trials_run = True
    return seconds if trials_run else seconds + now - since
