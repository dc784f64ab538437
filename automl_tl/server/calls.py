"""What happens around every call: an id, who calls, whether it may, how often, how long, and how it ended."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias

import grpc

from automl_tl.errors import PermissionDenied
from automl_tl.server.access import ANYBODY, Access, Caller
from automl_tl.server.metrics import Metrics
from automl_tl.server.rates import RateLimit, Rates
from automl_tl.server.resource_fields import resource_field
from automl_tl.server.tracing import NO_TRACING, Tracing

__all__ = ["Call", "CallDesk", "open_desk"]

_LOG = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_RECHECK_SECONDS = 5.0

Metadata: TypeAlias = Sequence[tuple[str, str | bytes]]


@dataclass
class Call:
    """One call in progress; ``request_id`` is the caller's own word for it, or a fresh one."""

    method: str
    request_id: str
    metadata: Metadata
    peer: str
    streams: bool
    began: float = field(default_factory=time.perf_counter)
    caller: Caller = ANYBODY
    checked: float = 0.0
    resource: str = ""


class CallDesk:
    """Lets calls in and writes down how they ended.

    Parameters
    ----------
    access
        Tells who calls.
    rates
        How often somebody may call.
    """

    def __init__(self, access: Access, rates: Rates, metrics: Metrics, tracing: Tracing = NO_TRACING) -> None:
        self._access = access
        self._rates = rates
        self._metrics = metrics
        self._tracing = tracing
        # Asking the system for random bytes at every call takes longer than answering some of them.
        self._ids, self._server = count(1), uuid.uuid4().hex[:16]

    def begin(self, method: str, context: Any, *, streams: bool) -> Call:
        """Return the record of a call that has just arrived."""
        metadata: Metadata = tuple(context.invocation_metadata() or ())
        wanted = next((value for key, value in metadata if key == "x-request-id"), "")
        wanted = wanted if isinstance(wanted, str) and _REQUEST_ID.fullmatch(wanted) else self._new_id()
        self._metrics.began(method)
        return Call(method, wanted, metadata, str(context.peer()), streams)

    def _new_id(self) -> str:
        return f"{self._server}{next(self._ids):016x}"

    def span(self, call: Call) -> AbstractContextManager[Any]:
        """Return what traces the call."""
        return self._tracing.span(call.method, call.metadata)

    async def let_in(self, call: Call) -> None:
        """Find out who calls; raises Unauthenticated or RateLimited, before the request is even decoded."""
        call.caller = await self._access.caller(call.metadata)
        call.checked = time.monotonic()
        self._rates.take(call.caller.project or _machine(call.peer))

    async def keep_in(self, call: Call) -> None:
        """Look again, now and then, whether the token of a long stream is still good; raises Unauthenticated."""
        if call.caller.token and time.monotonic() - call.checked >= _RECHECK_SECONDS:
            call.caller = await self._access.caller(call.metadata)
            call.checked = time.monotonic()

    def authorise(self, call: Call, request: Any) -> None:
        """Raise PermissionDenied unless the caller may use what a request is about, before it is looked for."""
        where = resource_field(call.method)
        if where is None:
            raise PermissionDenied("this call is not open to anybody")
        if where.path:
            call.resource = where.text_of(request)
            call.caller.require(where.project_of(request))

    def end(self, call: Call, code: str) -> None:
        """Write down how a call ended, ``code`` being the name of a gRPC code."""
        seconds = time.perf_counter() - call.began
        self._metrics.ended(call.method, code, None if call.streams else seconds)
        if code == grpc.StatusCode.INTERNAL.name:
            self._metrics.incident()
        if _LOG.isEnabledFor(logging.INFO):
            _LOG.info(
                "%s %s in %.1f ms, for %a, token %s",
                call.method,
                code,
                1000 * seconds,
                call.resource[:200] or "no resource",
                call.caller.token or "none",
            )


def open_desk() -> CallDesk:
    """Return a desk that lets everybody in."""

    async def nobody(token: str) -> Any:
        raise PermissionDenied("there are no tokens here")

    return CallDesk(Access(nobody, required=False), Rates(RateLimit()), Metrics())


def _machine(peer: str) -> str:
    """Return ``ipv4:1.2.3.4`` of ``ipv4:1.2.3.4:5678``: a caller is not its port."""
    return peer.rpartition(":")[0] or peer
