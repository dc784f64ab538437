"""One interceptor turns every exception of every call into a status, and every message into a checked one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from grpc_status import rpc_status

from automl_tl.errors import InvalidInput
from automl_tl.server.status import status_of

__all__ = ["ErrorInterceptor"]

_OURS = "/automl_tl.v1."


class ErrorInterceptor(grpc.aio.ServerInterceptor):
    """Wraps the handlers of our own services; health and reflection pass through.

    A raw exception in an aio handler would reach the client with its text.
    """

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler:
        """Return the method's handler, wrapped if it is one of ours."""
        handler = await continuation(handler_call_details)
        method = str(handler_call_details.method)
        if handler is None or not method.startswith(_OURS):
            return handler
        return _wrapped(handler, method)


def _wrapped(handler: Any, method: str) -> grpc.RpcMethodHandler:
    read = _reader(handler.request_deserializer)

    async def unary(request: Any, context: grpc.aio.ServicerContext) -> Any:
        try:
            argument = _each(request, read) if handler.request_streaming else read(request)
            return await (handler.stream_unary or handler.unary_unary)(argument, context)
        except Exception as error:
            await _abort(context, error, method)

    async def stream(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
        try:
            async for answer in handler.unary_stream(read(request), context):
                yield answer
        except Exception as error:
            await _abort(context, error, method)

    # Messages are decoded inside the wrapper, so that garbage is an error of the caller and not of the server.
    write = handler.response_serializer
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler(stream, response_serializer=write)
    if handler.request_streaming:
        return grpc.stream_unary_rpc_method_handler(unary, response_serializer=write)
    return grpc.unary_unary_rpc_method_handler(unary, response_serializer=write)


def _reader(deserializer: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        try:
            return deserializer(data)
        except DecodeError:
            raise InvalidInput("the request is not a valid message of this method") from None

    return read


async def _each(requests: AsyncIterator[bytes], read: Callable[[bytes], Any]) -> AsyncIterator[Any]:
    async for request in requests:
        yield read(request)


async def _abort(context: grpc.aio.ServicerContext, error: Exception, method: str) -> None:
    if isinstance(error, grpc.aio.AbortError):
        raise error
    await context.abort_with_status(rpc_status.to_status(status_of(error, method=method)))
