"""What arrived of uploads that broke, for a day, so that they can go on."""

from __future__ import annotations

import asyncio
import re
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
    """Files below ``directory``, one for each upload in progress that may be taken up again.

    A file's name holds the digest of the whole upload, so that it can be told whose bytes these are.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._receiving: dict[Path, asyncio.Task[object]] = {}

    def received(self, project: str, upload_id: str) -> int:
        """Return how many bytes of an upload are there."""
        return max((path.stat().st_size for path in _files(self._place(project, upload_id))), default=0)

    @asynccontextmanager
    async def receiving(self, project: str, upload_id: str, sha256: str) -> AsyncIterator[Path]:
        """Give the file of an upload to the calling task alone; it stays unless somebody moves it away.

        Whoever wrote to it until now is sent away: a client that comes back knows sooner than the server that its
        first connection is dead. What the same id had of bytes with another digest than ``sha256`` is erased.
        """
        place, task = self._place(project, upload_id), asyncio.current_task()
        assert task is not None
        while (other := self._receiving.get(place)) is not None:
            other.cancel()
            await asyncio.wait([other])
        self._receiving[place] = task
        try:
            path = place.with_name(f"{place.name}-{sha256}")
            await asyncio.to_thread(self._make_room, place, path)
            yield path
        finally:
            del self._receiving[place]

    def sweep(self) -> int:
        """Erase what nobody took up for a day; returns how many uploads that were."""
        before = time.time() - _KEPT_SECONDS
        found = [path for path in self._directory.glob("*/*") if not self._in_use(path)]
        old = [path for path in found if path.stat().st_mtime < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def erase(self, project: str, sha256: str) -> None:
        """Erase what is there of a project's broken uploads of the bytes with this digest."""
        for path in (self._directory / project).glob(f"*-{sha256}"):
            if not self._in_use(path):
                path.unlink(missing_ok=True)

    def _place(self, project: str, upload_id: str) -> Path:
        """Return how the path of an upload's file begins."""
        return self._directory / project / names.digest_json([project, upload_id])

    def _in_use(self, path: Path) -> bool:
        return path.with_name(path.name.partition("-")[0]) in self._receiving

    def _make_room(self, place: Path, own: Path) -> None:
        """Let a project keep a few uploads only: the one that nobody wrote to for longest goes first."""
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in _files(place):
            if path != own:
                path.unlink(missing_ok=True)
        idle = [path for path in place.parent.iterdir() if path != own and not self._in_use(path)]
        idle.sort(key=lambda path: path.stat().st_mtime)
        for path in idle[: max(0, len(idle) - _KEPT_IN_A_PROJECT + 1)]:
            path.unlink(missing_ok=True)


def _files(place: Path) -> list[Path]:
    return list(place.parent.glob(f"{place.name}-*"))
