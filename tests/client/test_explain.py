"""Explaining a prediction: what is sent, what is heard, and how broken streams are taken up."""

import grpc
import pytest

from automl_tl.client.explain import MAX_IMAGE_BYTES
from automl_tl.errors import InvalidInput, NotFound, Unanswered, Unavailable
from automl_tl.v1 import explanations_pb2 as wire


def progress(message):
    return wire.ExplainPredictionResponse(progress=wire.ExplanationProgress(message=message))


def word(final, evaluations=0):
    entry = wire.PredictionExplanation(final=final, predicted_class="yes", evaluations=evaluations)
    return wire.ExplainPredictionResponse(explanation=entry)


def test_answers_grow_and_progress_is_heard(fake_service, connect):
    def explain(request, context):
        yield progress("waiting for a worker")
        yield word(False, 50)
        yield word(True, 100)

    service, heard = fake_service(ExplainPrediction=explain), []
    answers = list(connect(service.address).explain("job-1", text="good", seconds=2.5, on_progress=heard.append))
    assert [(each.final, each.evaluations) for each in answers] == [(False, 50), (True, 100)]
    assert heard == ["waiting for a worker"]
    ((_, request),) = service.calls
    assert (request.name, request.text) == ("projects/default/jobs/job-1", "good")
    assert (request.max_wall_time.seconds, request.max_wall_time.nanos) == (2, 500_000_000)


def test_pictures_are_sent_as_bytes_or_files(fake_service, connect, tmp_path):
    service = fake_service(ExplainPrediction=lambda request, context: iter([word(True)]))
    client = connect(service.address)
    (tmp_path / "some.png").write_bytes(b"png")
    for image in (b"png", tmp_path / "some.png", str(tmp_path / "some.png")):
        assert list(client.explain("job-1", image=image))[-1].final
    assert {request.image for _, request in service.calls} == {b"png"}


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({}, "input"),
        ({"text": "x", "row_id": "3"}, "input"),
        ({"image": b""}, "image"),
        ({"image": b"x" * (MAX_IMAGE_BYTES + 1)}, "image"),
    ],
)
def test_what_cannot_be_sent_is_named(fake_service, connect, inputs, field):
    client = connect(fake_service().address)
    with pytest.raises(InvalidInput) as caught:
        client.explain("job-1", **inputs)
    assert caught.value.field == field


def test_a_broken_stream_is_asked_again_from_the_beginning(fake_service, connect):
    """The same question has the same answer."""
    breaks = [True]

    def explain(request, context):
        yield word(False, 50)
        if breaks and breaks.pop():
            context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        yield word(True, 100)

    client = connect(fake_service(ExplainPrediction=explain).address)
    assert [each.final for each in client.explain("job-1", text="good")] == [False, False, True]


def test_a_question_that_no_worker_answers_is_asked_once(fake_service, connect, abort):
    """The service has waited long enough, and says so; at once again it would say the same."""

    def explain(request, context):
        yield progress("waiting for a worker")
        if len(service.calls) == 5:  # so that a client that asks again ends
            yield word(True)
        abort(context, grpc.StatusCode.UNAVAILABLE, "no worker took the question", reason="UNANSWERED")

    service = fake_service(ExplainPrediction=explain)
    with pytest.raises(Unanswered, match="no worker took the question"):
        list(connect(service.address, patience=0.5).explain("job-1", text="good"))
    assert len(service.calls) == 1


def test_errors_have_our_own_words(fake_service, connect, abort):
    """And a stream without a last word is an error."""

    def explain(request, context):
        abort(context, grpc.StatusCode.NOT_FOUND, "there is no such job", reason="NOT_FOUND")

    client = connect(fake_service(ExplainPrediction=explain).address)
    with pytest.raises(NotFound, match="no such job"):
        list(client.explain("job-1", text="good"))
    silent = connect(fake_service(ExplainPrediction=lambda request, context: iter(())).address, patience=0.2)
    with pytest.raises(Unavailable, match="last word"):
        list(silent.explain("job-1", text="good"))
