"""Jobs as callers see them: create, look, cancel, resume, delete."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, select, tuple_, union_all

from automl_tl import names
from automl_tl.errors import AlreadyExists, FailedPrecondition, NotFound
from automl_tl.pipeline.events import JobChanged
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, JobState
from automl_tl.search.budget import StopReason
from automl_tl.store import erasures, events, schema
from automl_tl.store.engine import Database
from automl_tl.store.job_rows import job_record, job_records
from automl_tl.store.locks import hold
from automl_tl.store.pages import Page, PageRequest
from automl_tl.store.quotas import Quota, require_room_for_job
from automl_tl.store.records import JobRecord
from automl_tl.store.requests import RequestKey, recall, recall_alone, remember

__all__ = ["Jobs", "find_job", "no_such_job"]


def find_job(connection: Connection, project: str, job: str, *, alone: bool = False) -> Any:
    """Return the job's row, with ``alone`` kept from other writers until the transaction ends; raises NotFound."""
    jobs = schema.jobs
    query = select(jobs).where(jobs.c.project == project, jobs.c.job == job)
    row = connection.execute(query.with_for_update() if alone else query).first()
    if row is None:
        raise no_such_job(project, job)
    return row


def no_such_job(project: str, job: str) -> NotFound:
    """Return what is told of a job that is not there."""
    return NotFound(f"there is no job {job!r} in project {project!r}", field="name")


class Jobs:
    """Job rows. Every write may carry a request key, which makes its repetition harmless."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recall(self, key: RequestKey) -> JobRecord | None:
        """Return the job that an earlier request with this key made or changed, None if there was none.

        Raises
        ------
        AlreadyExists
            If the id was used for a different request.
        NotFound
            If that job has been deleted since.
        """
        with self._database.read() as connection:
            answer = recall(connection, key)
            return None if answer is None else job_record(connection, find_job(connection, key.project, answer))

    def create(
        self,
        project: str,
        spec: JobSpec,
        *,
        job: str = "",
        key: RequestKey | None = None,
        quota: Quota | None = None,
    ) -> JobRecord:
        """Queue a new job.

        Raises
        ------
        NotFound
            If the dataset is not in this project.
        AlreadyExists
            If the job id is taken, or the request id was used for a different request.
        QuotaExceeded
            If the project may have no more.
        """
        with self._database.write() as connection:
            known = recall_alone(connection, key)
            if known is not None:
                return job_record(connection, find_job(connection, project, known))
            job = job or names.new_job_id()
            hold(connection, "job", project, job)
            require_room_for_job(connection, project, spec, quota or Quota())
            now = self._database.now(connection)
            dataset = _require_dataset(connection, project, spec.dataset)
            _require_free(connection, project, job)
            inserted = connection.execute(
                schema.jobs.insert().values(
                    project=project,
                    job=job,
                    dataset=dataset,
                    spec=spec.model_dump_json(),
                    state=JobState.QUEUED.value,
                    create_time=now,
                    queue_time=now,
                )
            )
            assert inserted.inserted_primary_key is not None
            queued = JobChanged(names.job_name(project, job), JobState.QUEUED.value)
            events.append(connection, inserted.inserted_primary_key[0], queued, now)
            remember(connection, key, job, now)
            return job_record(connection, find_job(connection, project, job))

    def get(self, project: str, job: str) -> JobRecord:
        """Return one job as it is now; raises NotFound."""
        with self._database.read() as connection:
            return job_record(connection, find_job(connection, project, job))

    def get_each(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], JobRecord]:
        """Return those of some jobs, by project and id, that there are, all as of one moment."""
        jobs = schema.jobs
        query = select(jobs).where(tuple_(jobs.c.project, jobs.c.job).in_(keys))
        with self._database.read() as connection:
            records = job_records(connection, connection.execute(query).all())
        return {(record.project, record.job): record for record in records}

    def list(self, project: str, page: PageRequest, *, states: Collection[JobState] = ()) -> Page[JobRecord]:
        """Return one page of jobs, newest first."""
        jobs = schema.jobs
        wanted = sorted(state.value for state in set(states))
        query = ("jobs", project, wanted)
        after = page.after(query)
        newest = _newest(project, wanted, after, page.limit + 1)
        with self._database.read() as connection:
            rows = connection.execute(
                select(jobs).where(jobs.c.id.in_(newest)).order_by(jobs.c.id.desc()).limit(page.limit + 1)
            ).all()
            found = page.page(rows, lambda row: int(row.id), query)
            return Page(tuple(job_records(connection, found.items)), found.next_token)

    def cancel(self, project: str, job: str, *, reason: str = "", key: RequestKey | None = None) -> JobRecord:
        """Ask a job to stop; a queued one is CANCELLED at once, one that stops already stays as it is.

        Raises
        ------
        NotFound
            If there is no such job.
        FailedPrecondition
            If it has SUCCEEDED or FAILED.
        """
        with self._database.write() as connection:
            known = recall_alone(connection, key)
            row = find_job(connection, project, job, alone=True)
            if known is None:
                now = self._database.now(connection)
                _cancel(connection, row, reason, now)
                remember(connection, key, job, now)
            return job_record(connection, find_job(connection, project, job))

    def resume(
        self,
        project: str,
        job: str,
        *,
        budget: BudgetSpec | None = None,
        key: RequestKey | None = None,
        quota: Quota | None = None,
    ) -> JobRecord:
        """Queue a FAILED or CANCELLED job again, with a new budget if one is given.

        Raises
        ------
        NotFound
            If there is no such job, or its dataset has been deleted.
        FailedPrecondition
            If the job is in another state.
        QuotaExceeded
            If the project may have no more.
        """
        with self._database.write() as connection:
            known = recall_alone(connection, key)
            row = find_job(connection, project, job, alone=True)
            if known is None:
                now = self._database.now(connection)
                _resume(connection, row, budget, quota or Quota(), now)
                remember(connection, key, job, now)
            return job_record(connection, find_job(connection, project, job))

    def delete(self, project: str, job: str, *, key: RequestKey | None = None) -> None:
        """Delete a finished job's rows; :meth:`Erasures.carry_out` then erases its files.

        Raises
        ------
        NotFound
            If there is no such job, unless an equal request deleted it.
        FailedPrecondition
            If the job is not finished.
        """
        jobs, artifacts = schema.jobs, schema.artifacts
        with self._database.write() as connection:
            if recall_alone(connection, key) is not None:
                return
            now = self._database.now(connection)
            row = find_job(connection, project, job, alone=True)
            if not JobState(row.state).final:
                raise FailedPrecondition(f"{project}/{job} is {row.state}; cancel it and wait before deleting it")
            query = select(artifacts.c.sha256).where(artifacts.c.job_id == row.id).distinct()
            erasures.demand(connection, "job", project, job, connection.execute(query).scalars().all(), now)
            connection.execute(jobs.delete().where(jobs.c.id == row.id))
            remember(connection, key, job, now)


def _newest(project: str, states: Sequence[str], after: int | str | None, limit: int) -> Select[tuple[int]]:
    """Return the query of the newest job ids: from the end of an index for every state, so that none is sorted."""
    jobs = schema.jobs
    query = select(jobs.c.id).where(jobs.c.project == project).order_by(jobs.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(jobs.c.id < after)
    if not states:
        return select(query.subquery().c.id)
    each = [select(query.where(jobs.c.state == state).subquery().c.id) for state in states]
    return select(union_all(*each).subquery().c.id)


def _require_dataset(connection: Connection, project: str, name: str) -> str:
    datasets = schema.datasets
    owner, digest = names.parse_dataset(name, field="dataset")
    query = select(datasets.c.id).where(datasets.c.project == project, datasets.c.digest == digest)
    # Shared with other jobs, not with whoever deletes the dataset.
    if owner != project or connection.execute(query.with_for_update(read=True)).first() is None:
        raise NotFound(
            f"there is no dataset {name!r} in project {project!r}; upload it first", field="job.spec.dataset"
        )
    return digest


def _require_free(connection: Connection, project: str, job: str) -> None:
    jobs = schema.jobs
    names.parse_job(names.job_name(project, job), field="job_id")
    taken = connection.execute(select(jobs.c.id).where(jobs.c.project == project, jobs.c.job == job)).first()
    if taken is not None:
        raise AlreadyExists(f"job {job!r} exists in project {project!r}; choose another job_id", field="job_id")


def _cancel(connection: Connection, row: Any, reason: str, now: float) -> None:
    state = JobState(row.state)
    if state in (JobState.CANCELLING, JobState.CANCELLED):
        return
    if state.final:
        raise FailedPrecondition(
            f"{row.project}/{row.job} is {state} already; only a job that is not finished stops"
        )
    changes: dict[str, Any] = {"cancel_requested": True, "cancel_reason": reason}
    if state is JobState.QUEUED:
        stopped = JobState.CANCELLED
        changes |= {"stop_reason": StopReason.CANCELLED.value, "end_time": now}
    else:
        stopped = JobState.CANCELLING
    _change(connection, row, now, state=stopped, stop_reason=str(changes.get("stop_reason", "")), changes=changes)


def _resume(connection: Connection, row: Any, budget: BudgetSpec | None, quota: Quota, now: float) -> None:
    state = JobState(row.state)
    if state not in (JobState.FAILED, JobState.CANCELLED):
        raise FailedPrecondition(
            f"{row.project}/{row.job} is {state}; only a FAILED or CANCELLED job can be resumed"
        )
    spec = JobSpec.model_validate_json(row.spec)
    _require_dataset(connection, row.project, spec.dataset)
    if budget is not None:
        spec = spec.model_copy(update={"budget": budget})
    require_room_for_job(connection, row.project, spec, quota)
    changes: dict[str, Any] = {
        "spec": spec.model_dump_json(),
        "stop_reason": "",
        "error": None,
        "result": None,
        "message": "",
        "cancel_requested": False,
        "cancel_reason": "",
        "queue_time": now,
        "start_time": None,
        "end_time": None,
        "expired_leases": 0,
    }
    _change(connection, row, now, state=JobState.QUEUED, stop_reason="", changes=changes)


def _change(
    connection: Connection, row: Any, now: float, *, state: JobState, stop_reason: str, changes: dict[str, Any]
) -> None:
    jobs = schema.jobs
    connection.execute(jobs.update().where(jobs.c.id == row.id).values(state=state.value, **changes))
    name = names.job_name(row.project, row.job)
    events.append(connection, row.id, JobChanged(name, state.value, row.stage, stop_reason), now)
