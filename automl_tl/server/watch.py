"""WatchJob: a job's rows of history as a stream."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from automl_tl.errors import InvalidInput, OutOfRange
from automl_tl.server.changes import ChangeFeed
from automl_tl.server.convert.jobs import event_to_wire
from automl_tl.v1 import jobs_pb2

__all__ = ["watch_job"]


async def watch_job(
    feed: ChangeFeed, project: str, job: str, *, after: int, heartbeat_seconds: float
) -> AsyncIterator[jobs_pb2.JobEvent]:
    """Yield the events after a sequence until the final one; in silence, a heartbeat now and then.

    Raises
    ------
    NotFound
        If there is no such job.
    OutOfRange
        If the history is not that long.
    Unavailable
        When the server stops.
    """
    if after < 0:
        raise InvalidInput(f"after_sequence must be at least 0 but got {after}", field="after_sequence")
    last, spoken = after, time.monotonic()
    while True:
        news = feed.news()
        history = await feed.history(project, job, last)
        if history.last_sequence < last:
            raise OutOfRange(
                f"after_sequence is {last} but the newest event of the job is {history.last_sequence}; "
                "watch from 0 to read the whole history",
                field="after_sequence",
            )
        for event in history.events:
            yield event_to_wire(project, job, event)
            last, spoken = event.sequence, time.monotonic()
        if history.complete:
            return
        if last < history.last_sequence:
            continue
        silence = time.monotonic() - spoken
        if silence >= heartbeat_seconds:
            yield jobs_pb2.JobEvent(sequence=last, heartbeat=jobs_pb2.Heartbeat())
            spoken, silence = time.monotonic(), 0.0
        await feed.wait(news, heartbeat_seconds - silence)
