"""Uploads in progress: a directory each, and a row so that a crash leaves nothing unknown."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import select

from automl_tl.store import schema
from automl_tl.store.engine import Database

__all__ = ["Uploads"]


class Uploads:
    """Uploads that have begun and not ended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, place: Path, *, project: str, file_name: str, size_bytes: int, sha256: str) -> None:
        """Make the directory ``place``, whose name is the upload's id; give it to :meth:`end` in any case."""
        with self._database.write() as connection:
            connection.execute(
                schema.uploads.insert().values(
                    id=place.name,
                    project=project,
                    file_name=file_name,
                    size_bytes=size_bytes,
                    sha256=sha256,
                    create_time=self._database.now(),
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
        """Erase what a crashed server left; call it before the first upload. Returns how many there were."""
        with self._database.write() as connection:
            connection.execute(schema.uploads.delete())
        leftovers = list(directory.iterdir()) if directory.is_dir() else []
        for path in leftovers:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return len(leftovers)
