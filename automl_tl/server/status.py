"""From the exception tree to google.rpc.Status: the only table."""

from __future__ import annotations

import logging
import uuid

from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

from automl_tl import errors
from automl_tl.errors import AutomlError, InvalidInput

__all__ = ["DOMAIN", "code_of", "code_of_reason", "status_of"]

DOMAIN = "automl-tl"
"""``ErrorInfo.domain`` of every error of this service."""

_LOG = logging.getLogger(__name__)

_CODES: dict[type[AutomlError], int] = {
    errors.AutomlError: code_pb2.INTERNAL,
    errors.InvalidInput: code_pb2.INVALID_ARGUMENT,
    errors.OutOfRange: code_pb2.OUT_OF_RANGE,
    errors.NotFound: code_pb2.NOT_FOUND,
    errors.AlreadyExists: code_pb2.ALREADY_EXISTS,
    errors.FailedPrecondition: code_pb2.FAILED_PRECONDITION,
    errors.LeaseLost: code_pb2.ABORTED,
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


def status_of(error: BaseException, *, method: str) -> status_pb2.Status:
    """Return what a caller may learn about an error.

    Our own errors are told with their text, reason and field. Of all others only an incident id is told; their
    text goes to the log under that id, because it may hold paths, data or code.
    """
    if not isinstance(error, AutomlError):
        return _incident(error, method)
    status = status_pb2.Status(code=code_of(type(error)), message=error.message)
    status.details.append(_packed(error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN)))
    if isinstance(error, InvalidInput) and error.field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=error.field, description=error.message)
        status.details.append(_packed(error_details_pb2.BadRequest(field_violations=[violation])))
    return status


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


def _packed(detail: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
