"""Uploads in progress: a directory each, and a row so that a crash leaves nothing unknown."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import or_, select

from automl_tl.store import schema
from automl_tl.store.engine import Database
from automl_tl.store.quotas import Quota, require_room_for_upload

__all__ = ["Uploads"]

_LONGEST_SECONDS = 86_400.0


class Uploads:
    """Uploads that have begun and not ended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        place: Path,
        *,
        project: str,
        file_name: str,
        size_bytes: int,
        sha256: str,
        quota: Quota | None = None,
    ) -> None:
        """Make the directory ``place``, whose name is the upload's id; give it to :meth:`end` in any case.

        Raises QuotaExceeded if the project may not store so much more.
        """
        with self._database.write() as connection:
            require_room_for_upload(connection, project, size_bytes, quota or Quota())
            connection.execute(
                schema.uploads.insert().values(
                    id=place.name,
                    project=project,
                    file_name=file_name,
                    size_bytes=size_bytes,
                    sha256=sha256,
                    create_time=self._database.now(connection),
                )
            )
        place.mkdir(mode=0o700, parents=True)

    def end(self, place: Path) -> None:
        """Erase an upload's directory and row, however it ended."""
        shutil.rmtree(place, ignore_errors=True)
        with self._database.write() as connection:
            connection.execute(schema.uploads.delete().where(schema.uploads.c.id == place.name))

    def count(self) -> int:
        """Return how many uploads are in progress."""
        with self._database.read() as connection:
            return len(connection.execute(select(schema.uploads.c.id)).all())

    def erase_leftovers(self, directory: Path) -> int:
        """Erase what a crashed server left in its directory; call it before the first upload.

        Rows without a directory here may be another server's; they go when no upload can still be in progress.
        Returns how many leftovers there were.
        """
        table = schema.uploads
        leftovers = list(directory.iterdir()) if directory.is_dir() else []
        with self._database.write() as connection:
            old = table.c.create_time < self._database.now(connection) - _LONGEST_SECONDS
            connection.execute(table.delete().where(or_(old, table.c.id.in_([path.name for path in leftovers]))))
        for path in leftovers:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return len(leftovers)
