"""From the exception tree to google.rpc.Status: the only table."""

from __future__ import annotations

import logging
import uuid

from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from automl_tl import errors
from automl_tl.errors import AutomlError, InvalidInput
from automl_tl.store.storage_errors import storage_reason

__all__ = ["DOMAIN", "RETRY_SECONDS", "code_of", "code_of_reason", "status_of"]

DOMAIN = "automl-tl"
"""``ErrorInfo.domain`` of every error of this service."""

RETRY_SECONDS = 1
"""After how long a caller may try again what was UNAVAILABLE (``RetryInfo``)."""

_LOG = logging.getLogger(__name__)

# Texts travel twice, once with every byte written as three, in headers of 8 KiB in all.
_LONGEST_MESSAGE = 1000
_LONGEST_FIELD = 200

_CODES: dict[type[AutomlError], int] = {
    errors.AutomlError: code_pb2.INTERNAL,
    errors.InvalidInput: code_pb2.INVALID_ARGUMENT,
    errors.OutOfRange: code_pb2.OUT_OF_RANGE,
    errors.NotFound: code_pb2.NOT_FOUND,
    errors.AlreadyExists: code_pb2.ALREADY_EXISTS,
    errors.FailedPrecondition: code_pb2.FAILED_PRECONDITION,
    errors.LeaseLost: code_pb2.ABORTED,
    errors.Unauthenticated: code_pb2.UNAUTHENTICATED,
    errors.PermissionDenied: code_pb2.PERMISSION_DENIED,
    errors.LimitExceeded: code_pb2.RESOURCE_EXHAUSTED,
    errors.Unavailable: code_pb2.UNAVAILABLE,
    errors.DataCorrupted: code_pb2.DATA_LOSS,
    errors.Cancelled: code_pb2.CANCELLED,
    errors.DeadlineReached: code_pb2.DEADLINE_EXCEEDED,
    errors.ModelUnavailable: code_pb2.FAILED_PRECONDITION,
    errors.ScoreUnavailable: code_pb2.FAILED_PRECONDITION,
    errors.TrialFailed: code_pb2.INTERNAL,
}


def code_of(kind: type[BaseException]) -> int:
    """Return the google.rpc.Code of an exception type: that of its nearest ancestor in the table."""
    return next((_CODES[ancestor] for ancestor in kind.__mro__ if ancestor in _CODES), code_pb2.INTERNAL)


def code_of_reason(reason: str) -> int:
    """Return the google.rpc.Code of the error type with this reason, INTERNAL where there is none."""
    kinds = (getattr(errors, name) for name in errors.__all__)
    return next((code_of(kind) for kind in kinds if kind.reason == reason), code_pb2.INTERNAL)


def status_of(error: BaseException, *, method: str, request_id: str = "") -> status_pb2.Status:
    """Return what a caller may learn about an error.

    Our own errors are told with their text, reason and field; those that pass, with the time after which to try
    again. Of all others only an incident id is told; their text goes to the log under that id, because it may hold
    paths, data or code. Texts are cut: they quote what was sent, and all of it travels in headers.
    """
    if isinstance(error, OSError) and (trouble := storage_reason(error)):
        _LOG.warning("%s in %s", error, method)
        error = errors.Unavailable(f"the server cannot write for the moment: {trouble}; try again")
    status = _told(error) if isinstance(error, AutomlError) else _incident(error, method)
    if request_id:
        status.details.append(_packed(error_details_pb2.RequestInfo(request_id=request_id)))
    return status


def _told(error: AutomlError) -> status_pb2.Status:
    message, field = _short(error.message, _LONGEST_MESSAGE), _short(error.field, _LONGEST_FIELD)
    status = status_pb2.Status(code=code_of(type(error)), message=message)
    status.details.append(_packed(error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN)))
    if isinstance(error, InvalidInput) and field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=field, description=message)
        status.details.append(_packed(error_details_pb2.BadRequest(field_violations=[violation])))
    passes = isinstance(error, errors.Unavailable | errors.RateLimited)
    if passes and not isinstance(error, errors.Unanswered):
        seconds = error.retry_seconds if isinstance(error, errors.RateLimited) else RETRY_SECONDS
        delay = duration_pb2.Duration()
        delay.FromNanoseconds(round(seconds * 1e9))
        status.details.append(_packed(error_details_pb2.RetryInfo(retry_delay=delay)))
    return status


def _short(text: str, most: int) -> str:
    """Return text of at most so many bytes that every wire takes: halves of surrogate pairs become ``?``."""
    data = text.encode("utf-8", "replace")
    return (
        text if len(data) <= most and data.decode() == text else data[: most - 3].decode("utf-8", "ignore") + "..."
    )


def _incident(error: BaseException, method: str) -> status_pb2.Status:
    incident = uuid.uuid4().hex[:12]
    _LOG.error("incident %s in %s", incident, method, exc_info=error)
    status = status_pb2.Status(
        code=code_pb2.INTERNAL,
        message=f"the server made a mistake (incident {incident}); its log tells more under this number",
    )
    info = error_details_pb2.ErrorInfo(reason="INTERNAL", domain=DOMAIN, metadata={"incident": incident})
    status.details.append(_packed(info))
    return status


def _packed(detail: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
