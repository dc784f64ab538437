"""A job's history: rows with a gapless sequence, written in the transaction of what they tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from automl_tl.errors import NotFound
from automl_tl.pipeline.events import Payload, encode_payload, kind_of
from automl_tl.pipeline.spec import JobState
from automl_tl.store import schema
from automl_tl.store.codec import from_json, from_seconds, to_json
from automl_tl.store.engine import Database
from automl_tl.store.records import EventRecord

__all__ = ["Events", "History", "append"]


@dataclass(frozen=True)
class History:
    """Some events of a job together with where it stood when they were read."""

    events: tuple[EventRecord, ...]
    last_sequence: int
    state: JobState

    @property
    def complete(self) -> bool:
        """Whether no event is missing and none will follow unless the job is resumed."""
        seen = self.events[-1].sequence if self.events else self.last_sequence
        return self.state.final and seen >= self.last_sequence


def append(
    connection: Connection, job_id: int, payload: Payload, now: float, *, extra: Mapping[str, Any] | None = None
) -> int:
    """Add an event in the caller's write transaction and return its sequence."""
    jobs = schema.jobs
    advance = jobs.update().where(jobs.c.id == job_id).values(last_sequence=jobs.c.last_sequence + 1)
    sequence = int(connection.execute(advance.returning(jobs.c.last_sequence)).scalar_one())
    connection.execute(
        schema.events.insert().values(
            job_id=job_id,
            sequence=sequence,
            time=now,
            kind=kind_of(payload),
            payload=to_json({**encode_payload(payload), **(extra or {})}),
        )
    )
    return sequence


class Events:
    """Reads histories."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, project: str, job: str, *, after: int = 0, limit: int = 500) -> History:
        """Return at most ``limit`` events after a sequence, oldest first; raises NotFound."""
        jobs, events = schema.jobs, schema.events
        with self._database.read() as connection:
            owner = connection.execute(select(jobs).where(jobs.c.project == project, jobs.c.job == job)).first()
            if owner is None:
                raise _no_job(project, job)
            query = select(events).where(events.c.job_id == owner.id, events.c.sequence > after)
            rows = connection.execute(query.order_by(events.c.sequence).limit(limit)).all()
        records = tuple(_record(row) for row in rows)
        return History(records, owner.last_sequence, JobState(owner.state))


def _record(row: Any) -> EventRecord:
    time = from_seconds(row.time)
    assert time is not None
    return EventRecord(row.sequence, time, row.kind, from_json(row.payload))


def _no_job(project: str, job: str) -> NotFound:
    return NotFound(f"there is no job {job!r} in project {project!r}", field="name")
