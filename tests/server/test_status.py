"""Every error of the tree has its code; no other error tells its text."""

import errno
import logging

import pytest
from google.rpc import code_pb2, error_details_pb2

from automl_tl import errors
from automl_tl.server.status import RETRY_SECONDS, code_of, code_of_reason, status_of

TREE = [getattr(errors, name) for name in errors.__all__]


def details(status):
    info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(request)
    return info, request


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_every_error_is_told_with_text_and_reason(kind):
    status = status_of(kind("row 3: no label", field="target"), method="/m")
    info, request = details(status)
    assert status.message == "row 3: no label"
    assert (info.reason, info.domain) == (kind.reason, "automl-tl")
    assert status.code == code_of(kind) == code_of_reason(kind.reason)
    named = [violation.field for violation in request.field_violations]
    assert named == (["target"] if issubclass(kind, errors.InvalidInput) else [])


def test_codes():
    expected = {
        errors.DatasetError: code_pb2.INVALID_ARGUMENT,
        errors.OutOfRange: code_pb2.OUT_OF_RANGE,
        errors.NotFound: code_pb2.NOT_FOUND,
        errors.FailedPrecondition: code_pb2.FAILED_PRECONDITION,
        errors.LeaseLost: code_pb2.ABORTED,
        errors.LimitExceeded: code_pb2.RESOURCE_EXHAUSTED,
        errors.DataCorrupted: code_pb2.DATA_LOSS,
        KeyError: code_pb2.INTERNAL,
    }
    assert {kind: code_of(kind) for kind in expected} == expected


def test_a_field_is_named_only_where_there_is_one():
    _, request = details(status_of(errors.InvalidInput("no"), method="/m"))
    assert list(request.field_violations) == []


def test_an_unexpected_error_tells_an_incident_and_logs_its_text(caplog):
    with caplog.at_level(logging.ERROR):
        status = status_of(KeyError("/home/secret"), method="/automl_tl.v1.JobService/GetJob")
    info, _ = details(status)
    assert status.code == code_pb2.INTERNAL
    assert "secret" not in str(status)
    assert info.metadata["incident"] in status.message
    assert info.metadata["incident"] in caplog.text
    assert "/home/secret" in caplog.text
    assert "GetJob" in caplog.text


def test_a_reason_from_elsewhere_is_internal():
    assert code_of_reason("WORKERS_VANISHED") == code_of_reason("") == code_pb2.INTERNAL


def details_of(status):
    return {detail.TypeName().rpartition(".")[2]: detail for detail in status.details}


def test_what_is_away_says_when_to_try_again():
    status = status_of(errors.Unavailable("away"), method="/m")
    retry = error_details_pb2.RetryInfo()
    assert details_of(status)["RetryInfo"].Unpack(retry)
    assert retry.retry_delay.seconds == RETRY_SECONDS
    for other in (errors.NotFound("gone"), errors.Unanswered("no worker")):
        assert "RetryInfo" not in details_of(status_of(other, method="/m"))


def test_a_full_disk_is_unavailable_and_its_paths_stay_in_the_log(caplog):
    status = status_of(OSError(errno.ENOSPC, "No space left on device", "/secret/upload"), method="/m")
    assert status.code == code_pb2.UNAVAILABLE
    assert "no space is left" in status.message
    assert "secret" not in status.message
    assert "secret" in caplog.text
    assert "RetryInfo" in details_of(status)


def test_another_error_of_the_machine_is_an_incident():
    assert status_of(PermissionError(errno.EACCES, "denied", "/secret"), method="/m").code == code_pb2.INTERNAL
