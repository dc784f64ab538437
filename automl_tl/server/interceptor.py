"""One interceptor lets calls in, turns every exception into a status, and every message into a checked one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import code_pb2
from grpc_status import rpc_status

from automl_tl.errors import InvalidInput
from automl_tl.server.calls import Call, CallDesk, open_desk
from automl_tl.server.status import status_of
from automl_tl.structured_log import log_context

__all__ = ["CallInterceptor"]

_OURS = "/automl_tl.v1."
_OPEN = "/grpc.health.v1."
"""A load balancer has no token, and health tells nothing but whether we serve."""


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Wraps every handler but those of health.

    A raw exception in an aio handler would reach the client with its text.

    Parameters
    ----------
    desk
        Who lets calls in; None lets everybody in.
    """

    def __init__(self, desk: CallDesk | None = None) -> None:
        self._desk = desk or open_desk()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler:
        """Return the method's handler, wrapped."""
        handler = await continuation(handler_call_details)
        method = str(handler_call_details.method)
        if handler is None or method.startswith(_OPEN):
            return handler
        return _Wrapped(handler, method, self._desk).handler()


class _Wrapped:
    """One method's handler with everything around it."""

    def __init__(self, handler: Any, method: str, desk: CallDesk) -> None:
        self._inner = handler
        self._method = method
        self._desk = desk
        # Reflection belongs to nobody's project: whoever is let in may ask.
        self._ours = method.startswith(_OURS)

    def handler(self) -> grpc.RpcMethodHandler:
        # Messages are decoded inside the wrapper, so that garbage is an error of the caller and not of the server.
        inner, write = self._inner, self._inner.response_serializer
        if inner.request_streaming and inner.response_streaming:
            return grpc.stream_stream_rpc_method_handler(self._stream, response_serializer=write)
        if inner.response_streaming:
            return grpc.unary_stream_rpc_method_handler(self._stream, response_serializer=write)
        if inner.request_streaming:
            return grpc.stream_unary_rpc_method_handler(self._unary, response_serializer=write)
        return grpc.unary_unary_rpc_method_handler(self._unary, response_serializer=write)

    async def _unary(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        call = self._desk.begin(self._method, context, streams=self._inner.request_streaming)
        with log_context(request=call.request_id), self._desk.span(call):
            try:
                argument = await self._argument(request, call)
                answer = await (self._inner.stream_unary or self._inner.unary_unary)(argument, context)
            except asyncio.CancelledError:
                self._desk.end(call, "CANCELLED")
                raise
            except Exception as error:
                await self._abort(context, error, call)
            context.set_trailing_metadata((("x-request-id", call.request_id),))
            self._desk.end(call, "OK")
            return answer

    async def _stream(self, request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        call = self._desk.begin(self._method, context, streams=True)
        code = "CANCELLED"
        with log_context(request=call.request_id):
            try:
                argument = await self._argument(request, call)
                async for answer in (self._inner.unary_stream or self._inner.stream_stream)(argument, context):
                    await self._desk.keep_in(call)
                    yield answer
                context.set_trailing_metadata((("x-request-id", call.request_id),))
                code = "OK"
            except Exception as error:
                code = ""
                await self._abort(context, error, call)
            finally:
                if code:
                    self._desk.end(call, code)

    async def _argument(self, request: Any, call: Call) -> Any:
        """Return the decoded request of a caller that may make it, or the stream of decoded requests."""
        await self._desk.let_in(call)
        if self._inner.request_streaming:
            return self._each(request, call)
        decoded = self._read(request)
        if self._ours:
            self._desk.authorise(call, decoded)
        return decoded

    async def _each(self, requests: AsyncIterator[bytes], call: Call) -> AsyncIterator[Any]:
        """Yield decoded requests; the first one says what the stream is about."""
        first = True
        async for request in requests:
            decoded = self._read(request)
            if first and self._ours:
                self._desk.authorise(call, decoded)
            first = False
            yield decoded

    def _read(self, data: bytes) -> Any:
        try:
            return self._inner.request_deserializer(data)
        except DecodeError:
            raise InvalidInput("the request is not a valid message of this method") from None

    async def _abort(self, context: grpc.aio.ServicerContext, error: Exception, call: Call) -> None:
        if isinstance(error, grpc.aio.AbortError):
            self._desk.end(call, "UNKNOWN")
            raise error
        told = status_of(error, method=call.method, request_id=call.request_id)
        self._desk.end(call, code_pb2.Code.Name(told.code))
        status = rpc_status.to_status(told)
        trailing = (*(status.trailing_metadata or ()), ("x-request-id", call.request_id))
        await context.abort(status.code, status.details, trailing)
