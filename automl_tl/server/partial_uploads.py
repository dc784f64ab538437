"""What arrived of uploads that broke, for a day, so that they can go on."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from automl_tl import names
from automl_tl.errors import InvalidInput

__all__ = ["PartialUploads", "check_upload_id"]

_KEPT_SECONDS = 86_400.0
_KEPT_IN_A_PROJECT = 8


def check_upload_id(upload_id: str, *, field: str) -> str:
    """Return an upload's id if it is usable; raises InvalidInput."""
    if re.fullmatch(r"[A-Za-z0-9._-]{1,128}", upload_id) is None:
        raise InvalidInput(
            f"{field} must be 1 to 128 characters of [A-Za-z0-9._-] but got {upload_id!r:.80}", field=field
        )
    return upload_id


class PartialUploads:
    """Files below ``directory``, one for each upload in progress that may be taken up again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._receiving: dict[Path, asyncio.Task[object]] = {}

    def received(self, project: str, upload_id: str) -> int:
        """Return how many bytes of an upload are there."""
        place = self._place(project, upload_id)
        return place.stat().st_size if place.is_file() else 0

    @asynccontextmanager
    async def receiving(self, project: str, upload_id: str) -> AsyncIterator[Path]:
        """Give the file of an upload to the calling task alone; it stays unless somebody moves it away.

        Whoever wrote to it until now is sent away: a client that comes back knows sooner than the server that its
        first connection is dead.
        """
        place, task = self._place(project, upload_id), asyncio.current_task()
        assert task is not None
        while (other := self._receiving.get(place)) is not None:
            other.cancel()
            await asyncio.wait([other])
        self._receiving[place] = task
        try:
            await asyncio.to_thread(self._make_room, place)
            yield place
        finally:
            del self._receiving[place]

    def sweep(self) -> int:
        """Erase what nobody took up for a day; returns how many uploads that were."""
        before = time.time() - _KEPT_SECONDS
        found = [path for path in self._directory.glob("*/*") if path not in self._receiving]
        old = [path for path in found if path.stat().st_mtime < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def erase(self, project: str) -> None:
        """Erase what is there of a project's uploads."""
        shutil.rmtree(self._directory / project, ignore_errors=True)

    def _place(self, project: str, upload_id: str) -> Path:
        return self._directory / project / names.digest_json([project, upload_id])

    def _make_room(self, place: Path) -> None:
        """Let a project keep a few uploads only: the one that nobody wrote to for longest goes first."""
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        idle = [path for path in place.parent.iterdir() if path != place and path not in self._receiving]
        idle.sort(key=lambda path: path.stat().st_mtime)
        for path in idle[: max(0, len(idle) - _KEPT_IN_A_PROJECT + 1)]:
            path.unlink(missing_ok=True)
