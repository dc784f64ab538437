"""What the service means by a status is what the caller catches."""

import grpc
import pytest

from automl_tl import errors

JOB = "job-1"


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        ("INVALID_ARGUMENT", "INVALID_SPEC", errors.SpecError),
        ("INVALID_ARGUMENT", "INVALID_DATASET", errors.DatasetError),
        ("INVALID_ARGUMENT", "INVALID_SEARCH_SPACE", errors.SearchSpaceError),
        ("NOT_FOUND", "NOT_FOUND", errors.NotFound),
        ("FAILED_PRECONDITION", "FAILED_PRECONDITION", errors.FailedPrecondition),
        ("RESOURCE_EXHAUSTED", "LIMIT_EXCEEDED", errors.LimitExceeded),
        ("DATA_LOSS", "DATA_CORRUPTED", errors.DataCorrupted),
        ("INVALID_ARGUMENT", "A_REASON_OF_NEXT_YEAR", errors.InvalidInput),
        ("OUT_OF_RANGE", "", errors.OutOfRange),
        ("INTERNAL", "", errors.AutomlError),
    ],
)
def test_the_reason_decides_and_the_code_helps_out(fake_service, connect, abort, code, reason, kind):
    def get(request, context):
        abort(context, grpc.StatusCode[code], "the text", reason=reason, field="job.spec.target")

    service = fake_service(GetJob=get)
    with pytest.raises(kind) as caught:
        connect(service.address).get(JOB)
    assert type(caught.value) is kind
    assert (caught.value.message, caught.value.field) == ("the text", "job.spec.target")
    assert len(service.calls) == 1


def test_nobody_there_is_unavailable_and_says_what_to_do(connect):
    with pytest.raises(errors.Unavailable, match=r"127\.0\.0\.1:1; start one with `automl-tl serve`"):
        connect("127.0.0.1:1", patience=0.0).get(JOB)


def test_a_late_answer_is_unavailable(fake_service, connect):
    def get(request, context):
        context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")

    with pytest.raises(errors.Unavailable, match="did not answer in time"):
        connect(fake_service(GetJob=get).address).get(JOB)
