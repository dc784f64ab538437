"""Read a stream that ends with an answer, from the beginning again where the connection breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import grpc

from automl_tl.client.backoff import Backoff
from automl_tl.client.connection import Connection
from automl_tl.errors import Unavailable

__all__ = ["updates"]

Update = TypeVar("Update")


def updates(
    open_stream: Callable[[], Iterable[Update]], *, connection: Connection, backoff: Backoff, awaited: str
) -> Iterator[Update]:
    """Yield what a stream says; the caller stops at the answer, so a stream that ends is opened again.

    What is said before the answer does not renew patience: a service may say much and break off each time.

    Raises Unavailable if the service stays away or ends its stream without what is ``awaited``, and what the
    service itself refuses with.
    """
    while True:
        try:
            yield from open_stream()
        except grpc.RpcError as error:
            worded = connection.worded(error)
            if not connection.broken(error) or not backoff.wait():
                raise worded from None
        else:
            if not backoff.wait():
                raise Unavailable(f"the service ended the stream before {awaited}; try again")
