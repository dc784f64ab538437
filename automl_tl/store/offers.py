"""Artifacts that are replaced by better ones while their job goes on: the best model so far."""

from __future__ import annotations

from sqlalchemy import select

from automl_tl.errors import AlreadyExists, DataCorrupted
from automl_tl.pipeline.events import ArtifactPublished
from automl_tl.pipeline.spec import Stage
from automl_tl.store import events, schema
from automl_tl.store.blobs import BlobStore
from automl_tl.store.engine import Database
from automl_tl.store.leases import Lease, fenced_update
from automl_tl.store.locks import hold
from automl_tl.store.stages import Publication

__all__ = ["Offers"]


class Offers:
    """Writes of the worker that holds the lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, lease: Lease, stage: Stage, file: Publication, blobs: BlobStore) -> str:
        """Publish a file, or put it in the place of one of the same name and kind; watchers hear of it.

        Returns
        -------
        The digest of what was replaced, "" if nothing was. Its blob is left for whoever reads it just now.

        Raises
        ------
        LeaseLost
            If another worker holds the job.
        AlreadyExists
            If an artifact of another kind has the name.
        DataCorrupted
            If the blob is gone: it was erased between its being stored and this call. Store it again.
        """
        table = schema.artifacts
        this = (table.c.job_id == lease.job_id, table.c.name == file.name)
        with self._database.write() as connection:
            fenced_update(connection, lease)
            now = self._database.now(connection)
            hold(connection, "blob", file.blob.sha256)
            if not blobs.exists(file.blob.sha256):
                raise DataCorrupted(f"the blob of artifact {file.name!r} is gone; store it again")
            old = connection.execute(select(table.c.kind, table.c.sha256).where(*this)).first()
            if old is not None and old.kind != file.kind:
                raise AlreadyExists(f"{lease.name} has an artifact {file.name!r} of kind {old.kind} already")
            if old is not None and old.sha256 == file.blob.sha256:
                return ""
            new = {
                "media_type": file.media_type,
                "size_bytes": file.blob.size_bytes,
                "sha256": file.blob.sha256,
                "create_time": now,
            }
            if old is None:
                names = {"job_id": lease.job_id, "name": file.name, "kind": file.kind, "stage": stage.value}
                connection.execute(table.insert().values(**names, **new))
            else:
                connection.execute(table.update().where(*this).values(**new))
            told = ArtifactPublished(file.name, file.kind, file.media_type, file.blob.size_bytes, file.blob.sha256)
            events.append(connection, lease.job_id, told, now)
        return "" if old is None else str(old.sha256)
