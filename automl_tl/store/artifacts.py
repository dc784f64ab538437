"""Artifacts as callers see them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from automl_tl.errors import NotFound
from automl_tl.store import schema
from automl_tl.store.codec import from_seconds
from automl_tl.store.engine import Database
from automl_tl.store.jobs import find_job
from automl_tl.store.pages import Page, PageRequest
from automl_tl.store.records import ArtifactRecord

__all__ = ["Artifacts"]


class Artifacts:
    """Published files of jobs; :class:`~automl_tl.store.stages.Stages` writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, project: str, job: str, artifact: str) -> ArtifactRecord:
        """Return one artifact; raises NotFound."""
        table = schema.artifacts
        with self._database.read() as connection:
            owner = find_job(connection, project, job)
            query = select(table).where(table.c.job_id == owner.id, table.c.name == artifact)
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(
                f"job {job!r} has no artifact {artifact!r}; ListArtifacts names those it has", field="name"
            )
        return _record(project, job, row)

    def list(self, project: str, job: str, page: PageRequest) -> Page[ArtifactRecord]:
        """Return one page of a job's artifacts in order of publication; raises NotFound."""
        table = schema.artifacts
        query = ("artifacts", project, job)
        after = page.after(query)
        with self._database.read() as connection:
            owner = find_job(connection, project, job)
            rows = connection.execute(
                select(table)
                .where(table.c.job_id == owner.id, table.c.id > (after or 0))
                .order_by(table.c.id)
                .limit(page.limit + 1)
            ).all()
        return page.page(rows, lambda row: int(row.id), query).map(lambda row: _record(project, job, row))


def _record(project: str, job: str, row: Any) -> ArtifactRecord:
    time = from_seconds(row.create_time)
    assert time is not None
    return ArtifactRecord(
        project=project,
        job=job,
        artifact=row.name,
        kind=row.kind,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        stage=row.stage,
        create_time=time,
    )
