"""ExplainPrediction on the wire; the test itself plays the worker, through the ledger."""

import asyncio
import io
import json

import grpc
import pytest
from PIL import Image

from automl_tl.explain.plain import Contribution, PlainExplanation
from automl_tl.json_codec import to_plain
from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.store.records import JobError
from automl_tl.store.stages import Publication
from automl_tl.v1 import explanations_pb2 as wire
from automl_tl.v1 import explanations_pb2_grpc

JOB = "projects/default/jobs/job-1"


def told(*, final, value=1.0):
    part = Contribution("good", (value, -value), (0.1, 0.1))
    return to_plain(
        PlainExplanation(
            "", "text", "", "yes", "no", 0.9, ("yes", "no"), (0.0, 0.0), (1.0, -1.0), (part,), final=final
        )
    )


@pytest.fixture
async def asked(service, text_dataset):
    """A finished job with a model, and a function that explains a prediction of it."""
    await service.create(text_dataset.name, job_id="job-1")
    lease = service.ledger.claim_next("w", 60)
    blob = service.blobs.put_bytes(b"zip")
    model = Publication("model.zip", "model", "application/zip", blob)
    service.ledger.publish_stage(lease, Stage.FIT, [model], service.blobs)
    service.ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
    stub = explanations_pb2_grpc.ExplanationServiceStub(service.channel)
    return lambda **fields: stub.ExplainPrediction(wire.ExplainPredictionRequest(**{"name": JOB, **fields}))


async def taken(service):
    for _ in range(300):
        found = service.ledger.inquiries.claim(30.0)
        if found is not None:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("no question came")


def rows(service):
    from sqlalchemy import func, select

    from automl_tl.store import schema

    with service.ledger.database.read() as connection:
        return connection.execute(select(func.count()).select_from(schema.inquiries)).scalar_one()


async def test_partial_answers_are_streamed_and_the_last_one_ends_it(service, asked):
    """Then nothing is left of the question."""
    stream = asked(text="good")
    first = await stream.read()
    assert first.progress.message == "waiting for a worker"
    inquiry = await taken(service)
    assert inquiry.question.text == "good"
    seen = []
    for answer, final in ((told(final=False, value=2.0), False), (told(final=True), True)):
        service.ledger.inquiries.tell(inquiry, answer, final=final)
        while True:
            update = await stream.read()
            if update.WhichOneof("update") == "explanation":
                seen.append(update.explanation)
                break
    assert [entry.final for entry in seen] == [False, True]
    assert [entry.contributions[0].values[0] for entry in seen] == [2.0, 1.0]
    assert await stream.read() is grpc.aio.EOF
    for _ in range(100):
        if not rows(service):
            break
        await asyncio.sleep(0.02)
    assert rows(service) == 0


async def test_a_caller_who_leaves_ends_the_work(service, asked):
    """The worker learns it from its next word."""
    stream = asked(text="good")
    await stream.read()
    inquiry = await taken(service)
    stream.cancel()
    for _ in range(200):
        if not rows(service):
            break
        await asyncio.sleep(0.02)
    from automl_tl.errors import LeaseLost

    with pytest.raises(LeaseLost):
        service.ledger.inquiries.tell(inquiry, {})


async def test_a_picture_is_decoded_by_a_confined_process(service, asked):
    """What the worker gets is a PNG of our own making, whatever came in."""
    buffer = io.BytesIO()
    Image.new("LA", (900, 500), (200, 0)).save(buffer, format="PNG")
    stream = asked(image=buffer.getvalue())
    await stream.read()
    inquiry = await taken(service)
    picture = Image.open(io.BytesIO(inquiry.picture))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (691, 384))
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    stream.cancel()


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"image": b"no picture"}, grpc.StatusCode.INVALID_ARGUMENT, "image"),
        ({}, grpc.StatusCode.INVALID_ARGUMENT, "input"),
        ({"text": "x", "name": "projects/default/jobs/job-9"}, grpc.StatusCode.NOT_FOUND, None),
        ({"text": "x", "name": "nonsense"}, grpc.StatusCode.INVALID_ARGUMENT, "name"),
        ({"row_id": "0"}, grpc.StatusCode.FAILED_PRECONDITION, None),
    ],
)
async def test_what_cannot_be_explained_is_refused(service, asked, fields, code, field):
    answer = await service.refused(asked(**fields))
    assert answer.code is code
    if field:
        assert answer.fields == (field,)
    assert rows(service) == 0


async def test_the_workers_reason_reaches_the_caller(service, asked):
    """With the code that belongs to it; an unknown reason is a failed precondition."""
    for reason, code in (
        ("NOT_FOUND", grpc.StatusCode.NOT_FOUND),
        ("INVALID_INPUT", grpc.StatusCode.INVALID_ARGUMENT),
        ("UNAVAILABLE", grpc.StatusCode.UNAVAILABLE),
        ("WORKERS_VANISHED", grpc.StatusCode.FAILED_PRECONDITION),
    ):
        refused = asyncio.ensure_future(service.refused(asked(text="good")))
        service.ledger.inquiries.fail(await taken(service), JobError(reason, "because"))
        answer = await refused
        assert (answer.code, answer.message) == (code, "because")


async def test_what_no_worker_answers_is_told_from_a_service_that_is_away(service, asked, monkeypatch):
    """A client tries again at once where the service is away, and only there."""
    refused = asyncio.ensure_future(service.refused(asked(text="good")))
    service.ledger.inquiries.fail(await taken(service), JobError("UNAVAILABLE", "the hub is away"))
    told_by_worker = await refused
    with monkeypatch.context() as patched:
        patched.setattr("automl_tl.server.explanations._WAIT_SECONDS", 0.0)
        never_taken = await service.refused(asked(text="good"))
    refused = asyncio.ensure_future(service.refused(asked(text="good")))
    await taken(service)
    monkeypatch.setattr("automl_tl.server.explanations._SLACK_SECONDS", -1000.0)
    late = await refused
    for answer, text in ((told_by_worker, "hub"), (never_taken, "no worker took"), (late, "not answered in time")):
        assert (answer.code, answer.reason) == (grpc.StatusCode.UNAVAILABLE, "UNANSWERED")
        assert text in answer.message


async def test_streams_are_counted(service, asked, monkeypatch):
    """As those of events are."""
    object.__setattr__(service.backend.config, "max_watches", 0)
    answer = await service.refused(asked(text="good"))
    assert answer.code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_silent_worker_is_said_to_be_at_work(service, asked):
    """The stream says so once it is taken."""
    stream = asked(text="good")
    await stream.read()
    inquiry = await taken(service)
    assert (await stream.read()).progress.message == "a worker is explaining"
    assert json.dumps(told(final=True))
    service.ledger.inquiries.tell(inquiry, told(final=True), final=True)
    assert (await stream.read()).explanation.final


async def test_an_audit_waits_for_a_worker_and_ends_with_its_report(service, asked):
    """Columns and class reach the worker; the report is JSON; nothing is left behind."""
    stub = explanations_pb2_grpc.ExplanationServiceStub(service.channel)
    request = wire.AuditJobRequest(name=JOB, sensitive=["office", "office", "age"], favourable="yes", seed=4)
    stream = stub.AuditJob(request)
    first = await stream.read()
    assert first.progress.message == "waiting for a worker"
    inquiry = await taken(service)
    assert list(inquiry.question.sensitive) == ["office", "age"]
    assert (inquiry.question.favourable, inquiry.question.seed) == ("yes", 4)
    service.ledger.inquiries.tell(inquiry, {"schema": "automl_tl.bias/2", "count": 7}, final=True)
    updates = []
    while (update := await stream.read()) is not grpc.aio.EOF:
        updates.append(update)
    assert json.loads(updates[-1].report_json)["count"] == 7
    for _ in range(100):
        if rows(service) == 0:
            break
        await asyncio.sleep(0.02)
    assert rows(service) == 0


async def test_an_audit_of_no_column_or_of_too_many_is_refused(service, asked):
    """Before anything is written."""
    stub = explanations_pb2_grpc.ExplanationServiceStub(service.channel)
    for columns in ([], [""], [f"c{n}" for n in range(21)]):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.AuditJob(wire.AuditJobRequest(name=JOB, sensitive=columns)).read()
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert rows(service) == 0
