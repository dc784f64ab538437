"""Reading jobs for many callers at once: one look at the ledger answers everybody who asked before it began."""

from __future__ import annotations

import asyncio
from itertools import islice

from automl_tl.server.backend import Backend
from automl_tl.server.convert.jobs import job_to_wire
from automl_tl.store.jobs import no_such_job
from automl_tl.v1 import jobs_pb2 as wire

__all__ = ["JobReader"]

_AT_ONCE = 100

_Key = tuple[str, str]


class JobReader:
    """Reads jobs in batches, one batch at a time.

    A caller is answered from a read that began after its question, so it sees whatever was written before it.
    While one batch is read the next one gathers: the busier the server, the fewer reads it needs for each answer.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._asked: dict[_Key, asyncio.Future[wire.Job]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, project: str, job: str) -> wire.Job:
        """Return one job as it is now; raises NotFound, or Unavailable while the ledger is away."""
        answer = self._asked.get((project, job))
        if answer is None:
            answer = self._asked[project, job] = asyncio.get_running_loop().create_future()
            answer.add_done_callback(_look_at)
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read_all())
        # One caller who goes away must not take the answer away from the others.
        return await asyncio.shield(answer)

    async def _read_all(self) -> None:
        try:
            while self._asked:
                batch = dict(islice(self._asked.items(), _AT_ONCE))
                for key in batch:
                    del self._asked[key]
                await self._answer(batch)
        finally:
            self._reading = None

    async def _answer(self, batch: dict[_Key, asyncio.Future[wire.Job]]) -> None:
        try:
            found = await self._backend.run(self._read, list(batch))
        except Exception as error:
            for answer in batch.values():
                answer.set_exception(error)
            return
        for (project, job), answer in batch.items():
            if (known := found.get((project, job))) is not None:
                answer.set_result(known)
            else:
                answer.set_exception(no_such_job(project, job))

    def _read(self, keys: list[_Key]) -> dict[_Key, wire.Job]:
        return {key: job_to_wire(job) for key, job in self._backend.ledger.jobs.get_each(keys).items()}


def _look_at(answer: asyncio.Future[wire.Job]) -> None:
    """Look at an error, so that it is not logged as forgotten where everybody who asked has gone away."""
    if not answer.cancelled():
        answer.exception()
