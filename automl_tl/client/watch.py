"""Follow a job's events across broken streams, each exactly once per sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import grpc

from automl_tl.client.backoff import Backoff
from automl_tl.client.connection import Connection
from automl_tl.errors import DataCorrupted, Unavailable
from automl_tl.pipeline.events import Heartbeat, JobEvent

__all__ = ["follow"]


def follow(
    open_stream: Callable[[int], Iterable[JobEvent]],
    ended: Callable[[int], bool],
    *,
    after_sequence: int,
    connection: Connection,
    backoff: Backoff,
) -> Iterator[JobEvent]:
    """Yield events after ``after_sequence`` until the job's history ends; heartbeats come through.

    Parameters
    ----------
    open_stream
        Opens a stream of the events after a sequence number.
    ended
        Tells whether the job is finished and holds no event after a sequence number. Asked when a stream ends
        without an error: a service that shuts down ends its streams just like a job that is done.

    Raises
    ------
    Unavailable
        If the service stays away, or ends its streams, longer than ``backoff`` waits.
    DataCorrupted
        If the service skips an event.
    """
    last = after_sequence
    while True:
        try:
            for event in open_stream(last):
                backoff.reset()
                if isinstance(event.payload, Heartbeat):
                    yield event
                elif event.sequence > last:
                    _check_next(event.sequence, last)
                    last = event.sequence
                    yield event
        except grpc.RpcError as error:
            worded = connection.worded(error)
            if not connection.broken(error) or not backoff.wait():
                raise worded from None
        else:
            if ended(last):
                return
            if not backoff.wait():
                raise Unavailable(
                    f"the service ends the stream after event {last} though the job goes on; try again"
                )


def _check_next(sequence: int, last: int) -> None:
    if sequence != last + 1:
        raise DataCorrupted(
            f"the service skipped from event {last} to {sequence}; watch again from 0 to read the whole history"
        )
