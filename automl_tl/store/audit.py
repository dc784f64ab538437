"""Checking a ledger against the rules that hold between its rows, and its blobs against their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from automl_tl.errors import DataCorrupted, NotFound
from automl_tl.pipeline.spec import JobState
from automl_tl.store import schema
from automl_tl.store.blobs import BlobStore
from automl_tl.store.codec import from_json
from automl_tl.store.engine import Database
from automl_tl.store.ledger import Ledger

__all__ = ["Audit", "audit"]

_MOST_FINDINGS = 100
_FINAL = tuple(state.value for state in JobState if state.final)


@dataclass(frozen=True)
class Audit:
    """What was looked at, and one sentence for everything that breaks a rule."""

    jobs: int
    events: int
    blobs: int
    findings: tuple[str, ...]


def audit(ledger: Ledger, blobs: BlobStore | None = None, *, read_blobs: bool = False) -> Audit:
    """Check every rule on one state of the ledger.

    Parameters
    ----------
    blobs
        Where every blob that a row names must be; None leaves blobs out.
    read_blobs
        Whether every blob is read and its digest compared, and not only looked for.
    """
    database = ledger.database
    with database.read() as connection:
        found = [*_files(connection), *_histories(connection), *_ends(connection), *_leases(connection)]
        jobs = int(connection.execute(select(func.count()).select_from(schema.jobs)).scalar_one())
        events = int(connection.execute(select(func.count()).select_from(schema.events)).scalar_one())
    digests = _digests(database) if blobs is not None else ()
    for digest in digests:
        assert blobs is not None
        found += _blob(blobs, digest, read=read_blobs)
    return Audit(jobs, events, len(digests), tuple(found[:_MOST_FINDINGS]))


def _files(connection: Connection) -> Iterator[str]:
    """Ask SQLite whether its file is sound; PostgreSQL has checksums and tools of its own."""
    if connection.dialect.name == "sqlite":
        for (text,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if text != "ok":
                yield f"the database file is damaged: {text}"
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"a row of {row[0]} belongs to a row of {row[2]} that is not there"


def _histories(connection: Connection) -> Iterator[str]:
    """Every history runs 1, 2, ... n without a gap, and the job knows n."""
    jobs, events = schema.jobs, schema.events
    counted = (
        select(
            events.c.job_id,
            func.count().label("number"),
            func.min(events.c.sequence).label("first"),
            func.max(events.c.sequence).label("last"),
        )
        .group_by(events.c.job_id)
        .subquery()
    )
    query = select(jobs.c.project, jobs.c.job, jobs.c.last_sequence, counted).join(
        counted, counted.c.job_id == jobs.c.id, isouter=True
    )
    for row in connection.execute(query):
        if (row.first, row.last, row.number) != (1, row.last_sequence, row.last_sequence):
            yield (
                f"job {row.project}/{row.job} has {row.number} events from {row.first} to {row.last} "
                f"but says that its last one is {row.last_sequence}"
            )


def _ends(connection: Connection) -> Iterator[str]:
    """The last event about a job's state tells the state that it is in; a job succeeds once."""
    jobs, events = schema.jobs, schema.events
    about = events.c.kind == "job"
    newest = (
        select(events.c.job_id, func.max(events.c.sequence).label("sequence"))
        .where(about)
        .group_by(events.c.job_id)
        .subquery()
    )
    told = and_(events.c.job_id == newest.c.job_id, events.c.sequence == newest.c.sequence)
    query = (
        select(jobs.c.project, jobs.c.job, jobs.c.state, events.c.payload)
        .join(events, events.c.job_id == jobs.c.id)
        .join(newest, told)
    )
    for row in connection.execute(query):
        last = from_json(row.payload)["state"]
        if last != row.state:
            yield f"job {row.project}/{row.job} is {row.state} but its history ends with {last}"
    succeeded = (
        select(jobs.c.project, jobs.c.job, func.count())
        .join(events, events.c.job_id == jobs.c.id)
        .where(about, events.c.payload.contains('"state":"SUCCEEDED"'))
        .group_by(jobs.c.project, jobs.c.job)
        .having(func.count() > 1)
    )
    for project, job, number in connection.execute(succeeded):
        yield f"job {project}/{job} has succeeded {number} times"


def _leases(connection: Connection) -> Iterator[str]:
    """A job that is finished or waits belongs to no worker; nothing was published under an epoch yet to come."""
    jobs, stages = schema.jobs, schema.stages
    idle = jobs.c.state.in_((*_FINAL, JobState.QUEUED.value))
    for row in connection.execute(select(jobs).where(idle, jobs.c.lease_owner != "")):
        yield f"job {row.project}/{row.job} is {row.state} but held by worker {row.lease_owner!r}"
    query = select(jobs.c.project, jobs.c.job, stages.c.stage, stages.c.epoch, jobs.c.epoch.label("newest")).join(
        stages, stages.c.job_id == jobs.c.id
    )
    for row in connection.execute(query.where(stages.c.epoch > jobs.c.epoch)):
        yield f"stage {row.stage} of job {row.project}/{row.job} has epoch {row.epoch}, the job only {row.newest}"


def _digests(database: Database) -> tuple[str, ...]:
    with database.read() as connection:
        artifacts = connection.execute(select(schema.artifacts.c.sha256).distinct()).scalars().all()
        datasets = connection.execute(select(schema.datasets.c.blob).distinct()).scalars().all()
    return tuple(sorted({*artifacts, *(digest for digest in datasets if digest)}))


def _blob(blobs: BlobStore, digest: str, *, read: bool) -> list[str]:
    try:
        if read:
            blobs.verify(digest)
        elif not blobs.exists(digest):
            raise NotFound(f"there is no blob {digest}")
    except (NotFound, DataCorrupted) as error:
        return [error.message]
    return []
