"""News for watchers: one look at the database for all of them, and one read for those who wait for the same."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from automl_tl.errors import Unavailable
from automl_tl.server.backend import Backend
from automl_tl.store.events import History

__all__ = ["ChangeFeed"]


class ChangeFeed:
    """Tells watchers when anything was written, and reads histories for them."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._tick = asyncio.Event()
        self._reads: dict[tuple[str, str, int], asyncio.Task[History]] = {}
        self._stopping = False

    async def run(self) -> None:
        """Look for news until cancelled; while the ledger is away, that it comes back is the next news."""
        seen = None
        while True:
            try:
                version = await self._backend.run(self._backend.ledger.changes.version)
            except Unavailable:
                version = None
            if version != seen:
                seen = version
                self._announce()
            await asyncio.sleep(self._backend.config.watch_poll_seconds)

    def stop(self) -> None:
        """Send every watcher away: the server is about to end."""
        self._stopping = True
        self._announce()

    async def wait(self, news: asyncio.Event, timeout: float) -> None:
        """Wait for news, at most so many seconds; raises Unavailable once the server stops."""
        if not self._stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), timeout)
        if self._stopping:
            raise Unavailable("the server is stopping; watch again with the last sequence seen")

    def news(self) -> asyncio.Event:
        """Return what will be set by the next write; take it before reading, so that nothing is missed."""
        return self._tick

    async def history(self, project: str, job: str, after: int) -> History:
        """Return the events after a sequence; those who ask the same between two writes share the answer."""
        key = (project, job, after)
        known = self._reads.get(key)
        # An error is told to those who waited for it, and not kept.
        if known is None or (known.done() and (known.cancelled() or known.exception() is not None)):
            read = self._backend.run(self._backend.ledger.events.read, project, job, after=after)
            self._reads[key] = known = asyncio.ensure_future(read)
        return await asyncio.shield(known)

    def _announce(self) -> None:
        self._reads.clear()
        tick, self._tick = self._tick, asyncio.Event()
        tick.set()
