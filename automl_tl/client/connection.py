"""One channel, its stubs, and how a call is made: with a deadline, retried when safe, errors in our own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import grpc

from automl_tl.client.backoff import Backoff
from automl_tl.client.credentials import Credentials
from automl_tl.client.errors import from_rpc_error
from automl_tl.errors import AutomlError, RateLimited, Unanswered, Unavailable
from automl_tl.v1 import (
    artifacts_pb2_grpc,
    catalog_pb2_grpc,
    datasets_pb2_grpc,
    explanations_pb2_grpc,
    jobs_pb2_grpc,
)

__all__ = ["Connection"]

Answer = TypeVar("Answer")

_OPTIONS = (
    ("grpc.max_receive_message_length", 16 << 20),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    # A peer that vanished without closing its socket is noticed; heartbeats keep a healthy stream above this rate.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
)


class Connection:
    """The services at one address.

    Parameters
    ----------
    address
        ``host:port``.
    timeout
        Seconds that one unary call may take.
    retry
        Makes the waiting of one call: every call is safe to send again, because reads are pure and writes carry
        a request id.
    credentials
        Token and certificates; None has neither.
    """

    def __init__(
        self,
        address: str,
        *,
        timeout: float,
        retry: Callable[[], Backoff],
        credentials: Credentials | None = None,
    ) -> None:
        self.address = address
        self.timeout = timeout
        self._retry = retry
        self._closed = False
        self._channel = (credentials or Credentials()).channel(address, _OPTIONS)
        self.jobs = jobs_pb2_grpc.JobServiceStub(self._channel)
        self.datasets = datasets_pb2_grpc.DatasetServiceStub(self._channel)
        self.artifacts = artifacts_pb2_grpc.ArtifactServiceStub(self._channel)
        self.catalog = catalog_pb2_grpc.CatalogServiceStub(self._channel)
        self.explanations = explanations_pb2_grpc.ExplanationServiceStub(self._channel)

    def close(self) -> None:
        """Close the channel; running streams end."""
        self._closed = True
        self._channel.close()

    def call(self, method: Callable[..., Answer], request: Any) -> Answer:
        """Make one unary call; raises errors of ``automl_tl.errors``."""
        return self.again(lambda: method(request, timeout=self.timeout))

    def again(self, attempt: Callable[[], Answer]) -> Answer:
        """Run ``attempt`` until the service answers or patience is used up."""
        backoff = self._retry()
        while True:
            try:
                return attempt()
            except grpc.RpcError as error:
                worded = self.worded(error)
                if not self.broken(error) or not backoff.wait():
                    raise worded from None

    def pages(self, method: Callable[..., Any], request: Any, items: str) -> Iterator[Any]:
        """Yield the items of every page of a list."""
        while True:
            answer = self.call(method, request)
            yield from getattr(answer, items)
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token

    def worded(self, error: grpc.RpcError) -> AutomlError:
        """Return the error in our own words."""
        return from_rpc_error(error, address=self.address)

    def broken(self, error: grpc.RpcError) -> bool:
        """Return whether the connection broke or calls came too fast: the same call may work in a moment."""
        if self._closed:
            return False
        if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return isinstance(self.worded(error), RateLimited)
        if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
            return False
        worded = self.worded(error)
        return isinstance(worded, Unavailable) and not isinstance(worded, Unanswered)
