"""gRPC errors become errors of ``automl_tl.errors`` again."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from automl_tl import errors
from automl_tl.errors import AutomlError

__all__ = ["from_rpc_error"]


def _tree(root: type[AutomlError]) -> Iterator[type[AutomlError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


_BY_REASON = {kind.reason: kind for kind in _tree(AutomlError) if kind.__module__ == errors.__name__}

_BY_CODE = {
    grpc.StatusCode.INVALID_ARGUMENT: errors.InvalidInput,
    grpc.StatusCode.OUT_OF_RANGE: errors.OutOfRange,
    grpc.StatusCode.NOT_FOUND: errors.NotFound,
    grpc.StatusCode.ALREADY_EXISTS: errors.AlreadyExists,
    grpc.StatusCode.FAILED_PRECONDITION: errors.FailedPrecondition,
    grpc.StatusCode.UNAUTHENTICATED: errors.Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: errors.PermissionDenied,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.LimitExceeded,
    grpc.StatusCode.UNAVAILABLE: errors.Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.Unavailable,
    grpc.StatusCode.DATA_LOSS: errors.DataCorrupted,
    # Our service says with a reason that a job was cancelled; without one the call itself was.
    grpc.StatusCode.CANCELLED: errors.Unavailable,
}


def from_rpc_error(error: grpc.RpcError, *, address: str = "") -> AutomlError:
    """Return the error that the service meant.

    ``ErrorInfo.reason`` decides the type; a status without one (a proxy's, or gRPC's own) is read by its code.
    ``address`` goes into the text of an error that says that nobody answers.
    """
    code = error.code()
    text = error.details() or code.name
    reason, field = _details(error)
    if not reason and code is grpc.StatusCode.UNAVAILABLE:
        text = f"no service answers at {address or 'this address'}; start one with `automl-tl serve` ({text})"
    elif not reason and code is grpc.StatusCode.DEADLINE_EXCEEDED:
        text = f"the service at {address or 'this address'} did not answer in time; try again"
    elif not reason and code is grpc.StatusCode.CANCELLED:
        text = f"the service at {address or 'this address'} dropped the call; if it is starting anew, try again"
    kind = _BY_REASON.get(reason) or _BY_CODE.get(code, AutomlError)
    return kind(text, field=field)


def _details(error: grpc.RpcError) -> tuple[str, str]:
    """Return (reason, first field) of the error details; each "" where there is none."""
    try:
        status = rpc_status.from_call(error)
    except (AttributeError, ValueError):
        return "", ""
    info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details if status else ():
        detail.Unpack(info)
        detail.Unpack(request)
    return info.reason, request.field_violations[0].field if request.field_violations else ""
