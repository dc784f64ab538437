"""Inquiries: questions about a finished job that somebody waits for and a worker answers.

Unlike a job an inquiry leaves nothing behind: its row is deleted when the asking ends, or when nobody can be
waiting for it any more. A worker that finds its row gone stops working.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from automl_tl import names
from automl_tl.errors import FailedPrecondition, LeaseLost, NotFound, RateLimited
from automl_tl.json_codec import from_plain
from automl_tl.pipeline.events import MODEL_KIND
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.store import schema
from automl_tl.store.codec import from_json, to_json
from automl_tl.store.engine import Database
from automl_tl.store.jobs import find_job
from automl_tl.store.leases import LeaseStatus
from automl_tl.store.locks import hold
from automl_tl.store.records import JobError

__all__ = ["ANSWERED", "FAILED", "WAITING", "WORKING", "Inquiries", "Inquiry", "Question", "Standing"]

WAITING, WORKING, ANSWERED, FAILED = "WAITING", "WORKING", "ANSWERED", "FAILED"
_ATTEMPTS = 2
"""A question whose workers vanished this often has probably killed them, so it is failed."""


@dataclass(frozen=True)
class Question:
    """What is asked: a row of the job's dataset, a text, or (where both are missing) the picture sent with it.

    With ``sensitive`` columns it is how groups fare, and nothing else.
    """

    row_id: str = ""
    text: str | None = None
    method: str = "shapley"
    max_evals: int = 0
    seconds: float = 60.0
    seed: int = 0
    sensitive: tuple[str, ...] = ()
    favourable: str = ""


@dataclass(frozen=True)
class Inquiry:
    """A worker's right to answer one question; ``epoch`` is its fencing token."""

    id: str
    project: str
    job: str
    spec: JobSpec
    question: Question
    picture: bytes | None
    epoch: int
    seconds: float

    @property
    def job_name(self) -> str:
        """``projects/{project}/jobs/{job}``."""
        return names.job_name(self.project, self.job)


@dataclass(frozen=True)
class Standing:
    """Where an inquiry stands: ``answer`` is the newest one, {} before there is any; ``version`` counts them.

    In state FAILED the answer has ``reason`` and ``message``.
    """

    state: str
    version: int
    answer: Mapping[str, Any] = field(default_factory=dict)


class Inquiries:
    """Asks and answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def require(self, project: str, job: str, question: Question) -> None:
        """Raise what :meth:`ask` would if the job cannot be asked this."""
        with self._database.read() as connection:
            _require_model(connection, find_job(connection, project, job), question, project, job)

    def ask(
        self,
        project: str,
        job: str,
        question: Question,
        *,
        picture: bytes | None = None,
        patience: float,
        most: int,
    ) -> str:
        """Put a question and return its id.

        Parameters
        ----------
        patience
            Seconds after which nobody waits for the answer any more.
        most
            Open questions that one project may have.

        Raises
        ------
        NotFound
            If there is no such job.
        FailedPrecondition
            If it is not finished, has no model, or must not show its rows.
        RateLimited
            If the project asks too much at once.
        """
        table, identifier = schema.inquiries, uuid.uuid4().hex
        with self._database.write() as connection:
            owner = find_job(connection, project, job)
            _require_model(connection, owner, question, project, job)
            hold(connection, "inquiries", project)
            now = self._database.now(connection)
            connection.execute(table.delete().where(table.c.expire_time < now))
            jobs = schema.jobs
            mine = select(func.count()).select_from(table.join(jobs, jobs.c.id == table.c.job_id))
            if int(connection.execute(mine.where(jobs.c.project == project)).scalar_one()) >= most:
                raise RateLimited(
                    f"{most} questions of the project are open already; try again later", retry_seconds=2.0
                )
            connection.execute(
                table.insert().values(
                    id=identifier,
                    job_id=owner.id,
                    question=to_json(vars(question)),
                    picture=picture,
                    state=WAITING,
                    create_time=now,
                    expire_time=now + patience,
                )
            )
        return identifier

    def standing(self, identifier: str) -> Standing:
        """Return where an inquiry stands; raises NotFound once it is gone, as when its job was deleted."""
        table = schema.inquiries
        query = select(table.c.state, table.c.version, table.c.answer).where(table.c.id == identifier)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound("the job was deleted while its prediction was explained", field="name")
        return Standing(row.state, row.version, from_json(row.answer) if row.answer else {})

    def withdraw(self, identifier: str) -> None:
        """Delete an inquiry: nobody waits for it any more."""
        with self._database.write() as connection:
            connection.execute(schema.inquiries.delete().where(schema.inquiries.c.id == identifier))

    def forget(self) -> int:
        """Delete what nobody can be waiting for any more, as after a crash; returns how many those were."""
        table = schema.inquiries
        with self._database.write() as connection:
            old = table.c.expire_time < self._database.now(connection)
            return int(connection.execute(table.delete().where(old)).rowcount)

    def waiting(self) -> bool:
        """Return whether a worker is wanted; looks without the write lock."""
        with self._database.read() as connection:
            return connection.execute(_open(self._database.now(connection))).first() is not None

    def claim(self, seconds: float) -> Inquiry | None:
        """Take the question that waits longest, for so many seconds at a time; None if there is none.

        One whose workers vanished twice becomes FAILED.
        """
        if not self.waiting():
            return None
        table = schema.inquiries
        with self._database.write() as connection:
            now = self._database.now(connection)
            while (row := connection.execute(_open(now).with_for_update(skip_locked=True)).first()) is not None:
                values: dict[str, Any] = {"state": WORKING, "epoch": row.epoch + 1, "lease_until": now + seconds}
                if row.epoch >= _ATTEMPTS:
                    why = JobError(
                        "WORKERS_VANISHED",
                        f"{row.epoch} workers in a row stopped answering while they explained this; "
                        "see the worker's log (often it ran out of memory)",
                    )
                    values = {"state": FAILED, "answer": to_json(vars(why)), "version": row.version + 1}
                connection.execute(table.update().where(table.c.id == row.id).values(**values))
                if values["state"] == WORKING:
                    return _claimed(connection, row, seconds)
        return None

    def tell(self, inquiry: Inquiry, answer: Mapping[str, Any] | None = None, *, final: bool = False) -> None:
        """Tell what is known by now, None for nothing new, and keep the right to go on.

        Raises LeaseLost if nobody waits any more, or another worker has taken over.
        """
        values: dict[str, Any] = {"state": ANSWERED} if final else {}
        if answer is not None:
            values |= {"answer": to_json(answer), "version": schema.inquiries.c.version + 1}
        self._write(inquiry, values)

    def heartbeat(self, inquiry: Inquiry) -> LeaseStatus:
        """Keep the right to go on and learn whether anybody still waits; never raises LeaseLost."""
        try:
            self.tell(inquiry)
        except LeaseLost:
            return LeaseStatus(lost=True)
        return LeaseStatus()

    def fail(self, inquiry: Inquiry, error: JobError) -> None:
        """Say why there is no answer; raises LeaseLost."""
        values = {"state": FAILED, "answer": to_json(vars(error)), "version": schema.inquiries.c.version + 1}
        self._write(inquiry, values)

    def _write(self, inquiry: Inquiry, values: Mapping[str, Any]) -> None:
        table = schema.inquiries
        held = (table.c.id == inquiry.id, table.c.epoch == inquiry.epoch, table.c.state == WORKING)
        with self._database.write() as connection:
            until = self._database.now(connection) + inquiry.seconds
            changed = connection.execute(table.update().where(*held).values(lease_until=until, **values))
        if changed.rowcount != 1:
            raise LeaseLost(f"nobody waits for an answer about {inquiry.job_name} any more; stop working on it")


def _open(now: float) -> Any:
    """Return the query of what a worker could take, the oldest first."""
    table = schema.inquiries
    abandoned = (table.c.state == WORKING) & (table.c.lease_until < now)
    wanted = (table.c.state == WAITING) | abandoned
    return select(table).where(wanted, table.c.expire_time > now).order_by(table.c.create_time).limit(1)


def _claimed(connection: Connection, row: Any, seconds: float) -> Inquiry:
    jobs = schema.jobs
    owner = connection.execute(select(jobs).where(jobs.c.id == row.job_id)).one()
    return Inquiry(
        row.id,
        owner.project,
        owner.job,
        JobSpec.model_validate_json(owner.spec),
        from_plain(Question, from_json(row.question)),
        row.picture,
        row.epoch + 1,
        seconds,
    )


def _require_model(connection: Connection, owner: Any, question: Question, project: str, job: str) -> None:
    artifacts = schema.artifacts
    query = select(artifacts.c.id).where(artifacts.c.job_id == owner.id, artifacts.c.kind == MODEL_KIND)
    if not JobState(owner.state).final:
        raise FailedPrecondition(f"{project}/{job} is {owner.state}; wait until it is finished", field="name")
    if connection.execute(query).first() is None:
        raise FailedPrecondition(f"{project}/{job} has delivered no model that could be explained", field="name")
    if question.row_id and not JobSpec.model_validate_json(owner.spec).include_examples:
        raise FailedPrecondition(
            f"{project}/{job} was created without include_examples, so what is in its rows is not shown; "
            "send the text or picture itself, or create a job with include_examples",
            field="row_id",
        )
