"""Bring together what the ledger, the workers and the clients have to say."""

from __future__ import annotations

import json
from pathlib import Path

from crash_harness.model import Event, Published, Records
from sqlalchemy import select

from automl_tl.pipeline.events import ArtifactPublished, JobChanged
from automl_tl.store import schema
from automl_tl.store.ledger import Ledger
from automl_tl.store.pages import PageRequest


def collect(ledger: Ledger, records: Records, witnesses: Path | None = None) -> Records:
    """Add the ledger's histories and stages, and the workers' own lines, to what clients recorded."""
    for job in _jobs(ledger):
        records.histories[job] = _history(ledger, job)
        records.stages[job] = _stages(ledger, job)
    for path in sorted(witnesses.glob("*.jsonl")) if witnesses else ():
        records.witnesses += [json.loads(line) for line in path.read_text().splitlines()]
    return records


def _jobs(ledger: Ledger) -> list[str]:
    names, token = [], ""
    while True:
        page = ledger.jobs.list("default", PageRequest(1000, token))
        names += [job.job for job in page.items]
        token = page.next_token
        if not token:
            return names


def _history(ledger: Ledger, job: str) -> list[Event]:
    events: list[Event] = []
    while True:
        more = ledger.events.read("default", job, after=len(events), limit=5000).events
        for event in more:
            payload = event.payload
            state = payload.state if isinstance(payload, JobChanged) else ""
            artifact, sha256 = (
                (payload.name, payload.sha256) if isinstance(payload, ArtifactPublished) else ("", "")
            )
            events.append(Event(event.sequence, state, artifact, sha256))
        if len(more) < 5000:
            return events


def _stages(ledger: Ledger, job: str) -> list[Published]:
    jobs, stages = schema.jobs, schema.stages
    query = select(stages.c.stage, stages.c.epoch).join(jobs, jobs.c.id == stages.c.job_id)
    with ledger.database.read() as connection:
        rows = connection.execute(query.where(jobs.c.project == "default", jobs.c.job == job)).all()
    return [Published(row.stage, row.epoch) for row in rows]
