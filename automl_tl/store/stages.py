"""Stages of a job: which one runs, how far it is, and what it published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from automl_tl.errors import AlreadyExists, DataCorrupted
from automl_tl.pipeline.events import ArtifactPublished, JobChanged, StageProgress, Warned
from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.store import events, schema
from automl_tl.store.blobs import Blob, BlobStore
from automl_tl.store.engine import Database
from automl_tl.store.leases import Lease, fenced_update
from automl_tl.store.locks import hold

__all__ = ["Publication", "Stages"]


@dataclass(frozen=True)
class Publication:
    """A blob that becomes an artifact: ``name`` is unique in the job."""

    name: str
    kind: str
    media_type: str
    blob: Blob


class Stages:
    """Writes of the worker that holds the lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def finished(self, lease: Lease, stage: Stage) -> bool:
        """Return whether the stage's output is published."""
        stages = schema.stages
        query = select(stages.c.stage).where(stages.c.job_id == lease.job_id, stages.c.stage == stage.value)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def published_by(self, lease: Lease, stage: Stage) -> bool:
        """Return whether the stage's output was published under this very lease."""
        stages = schema.stages
        this = (stages.c.job_id == lease.job_id, stages.c.stage == stage.value, stages.c.epoch == lease.epoch)
        with self._database.read() as connection:
            return connection.execute(select(stages.c.stage).where(*this)).first() is not None

    def begin(self, lease: Lease, stage: Stage) -> None:
        """Record that the stage runs now; raises LeaseLost."""
        with self._database.write() as connection:
            fenced_update(connection, lease, stage=stage.value, progress=0.0, message="")
            now = self._database.now(connection)
            change = JobChanged(lease.name, _state(connection, lease).value, stage.value)
            events.append(connection, lease.job_id, change, now)

    def progress(self, lease: Lease, fraction: float, message: str) -> None:
        """Record how far the present stage is, in [0, 1]; raises LeaseLost."""
        fraction = min(max(fraction, 0.0), 1.0)
        with self._database.write() as connection:
            fenced_update(connection, lease, progress=fraction, message=message)
            now = self._database.now(connection)
            stage = connection.execute(
                select(schema.jobs.c.stage).where(schema.jobs.c.id == lease.job_id)
            ).scalar_one()
            events.append(connection, lease.job_id, StageProgress(stage, fraction, message), now)

    def warn(self, lease: Lease, message: str) -> None:
        """Tell watchers something they should know; raises LeaseLost."""
        with self._database.write() as connection:
            fenced_update(connection, lease)
            events.append(connection, lease.job_id, Warned(message), self._database.now(connection))

    def publish(self, lease: Lease, stage: Stage, files: Sequence[Publication], blobs: BlobStore) -> None:
        """Record a stage's output: stage row, artifact rows and events in one transaction.

        A job that gets this far has not killed its worker: lost leases are counted from here again.

        Raises
        ------
        LeaseLost
            If another worker holds the job.
        AlreadyExists
            If the stage or one of the names is published already.
        DataCorrupted
            If a blob is gone: it was erased between its being stored and this call. Store it again.
        """
        with self._database.write() as connection:
            fenced_update(connection, lease, expired_leases=0)
            now = self._database.now(connection)
            _require_unpublished(connection, lease, stage, files)
            row = {"job_id": lease.job_id, "stage": stage.value}
            connection.execute(schema.stages.insert().values(**row, epoch=lease.epoch, create_time=now))
            # Blobs are erased under the same lock, so one that is here now stays.
            for digest in sorted({file.blob.sha256 for file in files}):
                hold(connection, "blob", digest)
            for file in files:
                if not blobs.exists(file.blob.sha256):
                    raise DataCorrupted(f"the blob of artifact {file.name!r} is gone; store it again")
                connection.execute(schema.artifacts.insert().values(**row, **_columns(file), create_time=now))
                events.append(connection, lease.job_id, _published(file), now)


def _columns(file: Publication) -> dict[str, str | int]:
    return {
        "name": file.name,
        "kind": file.kind,
        "media_type": file.media_type,
        "size_bytes": file.blob.size_bytes,
        "sha256": file.blob.sha256,
    }


def _published(file: Publication) -> ArtifactPublished:
    return ArtifactPublished(file.name, file.kind, file.media_type, file.blob.size_bytes, file.blob.sha256)


def _state(connection: Connection, lease: Lease) -> JobState:
    return JobState(
        connection.execute(select(schema.jobs.c.state).where(schema.jobs.c.id == lease.job_id)).scalar_one()
    )


def _require_unpublished(connection: Connection, lease: Lease, stage: Stage, files: Sequence[Publication]) -> None:
    stages, artifacts = schema.stages, schema.artifacts
    done = select(stages.c.stage).where(stages.c.job_id == lease.job_id, stages.c.stage == stage.value)
    if connection.execute(done).first() is not None:
        raise AlreadyExists(f"stage {stage} of {lease.name} is published already; skip it")
    names = [file.name for file in files]
    taken = set(connection.execute(select(artifacts.c.name).where(artifacts.c.job_id == lease.job_id)).scalars())
    for index, name in enumerate(names):
        if name in taken or name in names[:index]:
            raise AlreadyExists(f"{lease.name} has an artifact {name!r} already; choose another name")
