"""Leases: which worker holds which job, and the fencing token that keeps a late one from writing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from automl_tl import names
from automl_tl.errors import LeaseLost
from automl_tl.pipeline.events import JobChanged
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.search.budget import StopReason
from automl_tl.store import events, schema
from automl_tl.store.codec import from_seconds
from automl_tl.store.engine import Database
from automl_tl.store.job_rows import error_to_json, result_to_json
from automl_tl.store.records import JobError, JobResult

__all__ = ["MAX_EXPIRED_LEASES", "TAKEN", "Claimable", "Lease", "LeaseStatus", "Leases", "fenced_update"]

MAX_EXPIRED_LEASES = 3
"""A job whose workers vanished this often between two stages has probably killed them, so it is failed."""

TAKEN = "epoch"
"""What in the ledger only the event of a job's being taken has, beside what watchers hear: the lease's epoch."""

_HELD = (JobState.RUNNING.value, JobState.CANCELLING.value)


@dataclass(frozen=True)
class Lease:
    """A worker's right to write about one job.

    Attributes
    ----------
    epoch
        Fencing token: a write with an older epoch than the job's is refused.
    start_time
        When the job left the queue, in the database's time; wall-time budgets count from here, also after a worker
        was replaced.
    seconds
        For how long each heartbeat keeps the lease.
    elapsed
        Seconds between ``start_time`` and this lease's beginning: this machine's clock may tell another time.
    """

    job_id: int
    project: str
    job: str
    worker: str
    epoch: int
    spec: JobSpec
    start_time: datetime
    seconds: float
    elapsed: float = 0.0

    @property
    def name(self) -> str:
        """``projects/{project}/jobs/{job}``."""
        return names.job_name(self.project, self.job)


@dataclass(frozen=True)
class Claimable:
    """A job that a worker could take now; ``epoch`` is that of its last lease, 0 if nobody has had it."""

    name: str
    epoch: int


@dataclass(frozen=True)
class LeaseStatus:
    """What a heartbeat learns: somebody asked the job to stop; the lease belongs to nobody or another."""

    cancel_requested: bool = False
    lost: bool = False


def fenced_update(connection: Connection, lease: Lease, **values: Any) -> None:
    """Change the job's row if the lease still holds; every write of a worker begins with this.

    Raises
    ------
    LeaseLost
        If the job is finished, gone, or held under a newer epoch.
    """
    jobs = schema.jobs
    held = and_(jobs.c.id == lease.job_id, jobs.c.epoch == lease.epoch, jobs.c.state.in_(_HELD))
    # Naming the epoch as a value keeps the statement a write where the caller changes nothing else.
    changed = connection.execute(jobs.update().where(held).values(epoch=lease.epoch, **values))
    if changed.rowcount != 1:
        raise LeaseLost(
            f"worker {lease.worker!r} no longer holds {lease.name} (epoch {lease.epoch}); stop working"
        )


class Leases:
    """Hands out jobs to workers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim_next(self, worker: str, seconds: float, *, job: str = "") -> Lease | None:
        """Take the next job: one whose lease expired, else the one that waits longest, else None.

        With ``job`` (a resource name) only that one is looked at.

        A job that lost ``MAX_EXPIRED_LEASES`` workers since its last stage becomes FAILED, one that was being
        cancelled when its worker vanished CANCELLED.
        """
        if not self._work_exists(job):
            return None
        with self._database.write() as connection:
            now = self._database.now(connection)
            # Rows that another worker looks at in this moment are passed over: it takes them, or they stay.
            while (row := connection.execute(_alone(_expired(now, job))).first()) is not None:
                if not _settle(connection, row, now):
                    return _take(connection, row, worker, seconds, now)
            waiting = connection.execute(_alone(_waiting(job))).first()
            return None if waiting is None else _take(connection, waiting, worker, seconds, now)

    def claimable(self, limit: int = 100, *, job: str = "") -> list[Claimable]:
        """Return what :meth:`claim_next` could take, in its order; what must not be tried again is finished.

        With ``job`` (a resource name) only that one is looked at.
        """
        jobs = schema.jobs
        with self._database.read() as connection:
            now = self._database.now(connection)
            expired = connection.execute(_expired(now, job).limit(limit)).all()
            waiting = connection.execute(_waiting(job).limit(limit)).all()
        for row in expired:
            with self._database.write() as connection:
                again = connection.execute(_alone(_expired(now, "").where(jobs.c.id == row.id))).first()
                if again is not None:
                    _settle(connection, again, now)
        unsettled = [
            row for row in expired if not (row.cancel_requested or row.expired_leases + 1 >= MAX_EXPIRED_LEASES)
        ]
        return [Claimable(names.job_name(row.project, row.job), row.epoch) for row in (*unsettled, *waiting)][
            :limit
        ]

    def heartbeat(self, lease: Lease) -> LeaseStatus:
        """Keep the lease for ``lease.seconds`` from now and learn whether to go on; never raises LeaseLost."""
        try:
            with self._database.write() as connection:
                fenced_update(connection, lease, lease_until=self._database.now(connection) + lease.seconds)
                return LeaseStatus(cancel_requested=_cancel_requested(connection, lease))
        except LeaseLost:
            return LeaseStatus(lost=True)

    def status(self, lease: Lease) -> LeaseStatus:
        """Return what a heartbeat would, without writing."""
        jobs = schema.jobs
        with self._database.read() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == lease.job_id)).first()
        if row is None or row.epoch != lease.epoch or row.state not in _HELD:
            return LeaseStatus(lost=True)
        return LeaseStatus(cancel_requested=row.cancel_requested)

    def finish(
        self,
        lease: Lease,
        state: JobState,
        stop_reason: StopReason,
        error: JobError | None = None,
        result: JobResult | None = None,
    ) -> None:
        """Put the job into a final state and tell watchers; raises LeaseLost."""
        if not state.final:
            raise ValueError(f"a job can only finish in a final state but got {state}")
        with self._database.write() as connection:
            fenced_update(connection, lease, result=None if result is None else result_to_json(result))
            now = self._database.now(connection)
            if state is JobState.SUCCEEDED:
                fenced_update(connection, lease, progress=1.0)
            _close(connection, lease.job_id, lease.name, state, stop_reason, error, now)

    def ended_as(self, lease: Lease, state: JobState) -> JobState | None:
        """Return ``state`` if this very lease put the job into it, else None."""
        jobs = schema.jobs
        ended = (jobs.c.id == lease.job_id, jobs.c.epoch == lease.epoch + 1, jobs.c.state == state.value)
        with self._database.read() as connection:
            return None if connection.execute(select(jobs.c.id).where(*ended)).first() is None else state

    def release(self, lease: Lease) -> None:
        """Give an unfinished job back: queued again, or cancelled if that was asked for; raises LeaseLost."""
        with self._database.write() as connection:
            fenced_update(connection, lease)
            now = self._database.now(connection)
            if _cancel_requested(connection, lease):
                _close(connection, lease.job_id, lease.name, JobState.CANCELLED, StopReason.CANCELLED, None, now)
                return
            state = JobState.QUEUED.value
            fenced_update(connection, lease, state=state, lease_owner="", lease_until=0.0, message="")
            change = JobChanged(lease.name, state, _stage_of(connection, lease.job_id))
            events.append(connection, lease.job_id, change, now)

    def _work_exists(self, job: str) -> bool:
        """Look without the write lock: idle workers must not queue up behind each other."""
        with self._database.read() as connection:
            if connection.execute(_expired(self._database.now(connection), job)).first() is not None:
                return True
            return connection.execute(_waiting(job)).first() is not None


def _expired(now: float, job: str) -> Any:
    jobs = schema.jobs
    return _only(select(jobs).where(jobs.c.state.in_(_HELD), jobs.c.lease_until < now), job).limit(1)


def _waiting(job: str) -> Any:
    jobs = schema.jobs
    return _only(select(jobs).where(jobs.c.state == JobState.QUEUED.value), job).limit(1)


def _alone(query: Any) -> Any:
    return query.with_for_update(skip_locked=True)


def _only(query: Any, job: str) -> Any:
    """Order a query by waiting time and narrow it to one job if a name is given."""
    jobs = schema.jobs
    if job:
        project, identifier = names.parse_job(job)
        query = query.where(jobs.c.project == project, jobs.c.job == identifier)
    return query.order_by(jobs.c.queue_time, jobs.c.id)


def _settle(connection: Connection, row: Any, now: float) -> bool:
    """Finish an abandoned job where it must not be tried again; returns whether it was finished."""
    name = names.job_name(row.project, row.job)
    if row.cancel_requested:
        _close(connection, row.id, name, JobState.CANCELLED, StopReason.CANCELLED, None, now)
        return True
    if row.expired_leases + 1 < MAX_EXPIRED_LEASES:
        return False
    error = JobError(
        "WORKERS_VANISHED",
        f"{row.expired_leases + 1} workers in a row stopped answering while they ran this job; "
        "see the worker's log (often it ran out of memory), then resume the job",
    )
    _close(connection, row.id, name, JobState.FAILED, StopReason.FAILED, error, now)
    return True


def _close(
    connection: Connection,
    job_id: int,
    name: str,
    state: JobState,
    reason: StopReason,
    error: JobError | None,
    now: float,
) -> None:
    jobs = schema.jobs
    stage = _stage_of(connection, job_id)
    connection.execute(
        jobs.update()
        .where(jobs.c.id == job_id)
        .values(
            state=state.value,
            stop_reason=reason.value,
            error=None if error is None else error_to_json(error),
            epoch=jobs.c.epoch + 1,
            end_time=now,
            lease_owner="",
            lease_until=0.0,
            message="",
        )
    )
    text = "" if error is None else error.message
    events.append(connection, job_id, JobChanged(name, state.value, stage, reason.value, text), now)


def _take(connection: Connection, row: Any, worker: str, seconds: float, now: float) -> Lease:
    jobs = schema.jobs
    expired = row.expired_leases + (1 if row.state in _HELD else 0)
    start = row.start_time or now
    connection.execute(
        jobs.update()
        .where(jobs.c.id == row.id)
        .values(
            state=JobState.RUNNING.value,
            epoch=row.epoch + 1,
            lease_owner=worker,
            lease_until=now + seconds,
            expired_leases=expired,
            start_time=start,
        )
    )
    name = names.job_name(row.project, row.job)
    change = JobChanged(name, JobState.RUNNING.value, row.stage)
    events.append(connection, row.id, change, now, extra={TAKEN: row.epoch + 1})
    started = from_seconds(start)
    assert started is not None
    spec = JobSpec.model_validate_json(row.spec)
    return Lease(row.id, row.project, row.job, worker, row.epoch + 1, spec, started, seconds, now - start)


def _stage_of(connection: Connection, job_id: int) -> str:
    return str(connection.execute(select(schema.jobs.c.stage).where(schema.jobs.c.id == job_id)).scalar_one())


def _cancel_requested(connection: Connection, lease: Lease) -> bool:
    query = select(schema.jobs.c.cancel_requested).where(schema.jobs.c.id == lease.job_id)
    return bool(connection.execute(query).scalar_one())
