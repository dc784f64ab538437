"""Every call of every service is authorised: read from the descriptors, so that a new call is covered at once."""

import grpc
import pytest
from google.protobuf import message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from automl_tl.server.resource_fields import methods, resource_field

METHODS = dict(methods())
IN_A_PROJECT = [path for path in METHODS if resource_field(path).path]
DIGEST = "a" * 64

NAMES = {
    "parent": ("projects/{p}", "projects/{p}/jobs/job-1"),
    "name": (
        "projects/{p}/jobs/job-1",
        "projects/{p}/datasets/" + DIGEST,
        "projects/{p}/jobs/job-1/artifacts/a.txt",
    ),
}


def requests(path, project):
    """Yield requests of a method about a project, with every form of name that its field may hold."""
    kind = message_factory.GetMessageClass(METHODS[path].input_type)
    where = resource_field(path).path
    if not where:
        yield kind()
        return
    for name in NAMES[where[-1]]:
        request = kind()
        holder = request
        for part in where[:-1]:
            holder = getattr(holder, part)
        setattr(holder, where[-1], name.format(p=project))
        yield request


async def call(channel, path, data, metadata=()):
    """Make a call with raw bytes; return (code, text) of how it ended, (OK, "") if it did not fail."""
    method = METHODS[path]
    if method.client_streaming:
        running = channel.stream_unary(path)(iter([data]), metadata=metadata, timeout=10)
    elif method.server_streaming:
        running = channel.unary_stream(path)(data, metadata=metadata, timeout=10)
    else:
        running = channel.unary_unary(path)(data, metadata=metadata, timeout=10)
    try:
        if method.server_streaming:
            async for _ in running:
                break
        else:
            await running
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details()
    return grpc.StatusCode.OK, ""


@pytest.mark.parametrize("path", METHODS)
async def test_without_a_good_token_nothing_is_told(guarded, path):
    """Not even whether the request can be read."""
    token = guarded.tokens["mine"]
    bad = (
        (),
        (("authorization", "Bearer wrong"),),
        (("authorization", f"Bearer {token[:-1]}"),),
        (("authorization", f"Basic {token}"),),
        (("authorization", f"Bearer {token}"), ("authorization", f"Bearer {token}")),
        (("authorization-bin", token.encode()),),
    )
    data = [*(request.SerializeToString() for request in requests(path, "mine")), b"", b"\xff\xff\xff"]
    ends = {(await call(guarded.channel, path, each, metadata))[0] for each in data for metadata in bad}
    assert ends == {grpc.StatusCode.UNAUTHENTICATED}


@pytest.mark.parametrize("path", IN_A_PROJECT)
async def test_a_token_of_another_project_is_refused_before_anything_is_looked_for(guarded, path, tmp_path):
    """The answer is the same for what exists and for what does not: nobody can ask what others have."""
    ledger, blobs = guarded.running.backend.ledger, guarded.running.backend.blobs
    told = set()
    for _ in range(2):
        for request in requests(path, "mine"):
            told.add(await call(guarded.channel, path, request.SerializeToString(), guarded.bearer("other")))
        fill(ledger, blobs)
    assert {code for code, _ in told} == {grpc.StatusCode.PERMISSION_DENIED}
    assert len(told) == 1
    assert "mine" not in next(iter(told))[1]


@pytest.mark.parametrize("path", METHODS)
async def test_the_right_token_gets_further(guarded, path):
    """Whatever a call says of an empty request, it is no longer who is asking."""
    fill(guarded.running.backend.ledger, guarded.running.backend.blobs)
    codes = {
        (await call(guarded.channel, path, request.SerializeToString(), guarded.bearer("mine")))[0]
        for request in requests(path, "mine")
    }
    refusals = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.INTERNAL}
    assert not codes & {*refusals, grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNKNOWN}


async def test_a_dataset_of_another_project_cannot_be_named_inside_a_request(guarded):
    """Whether or not it exists."""
    from automl_tl.v1 import jobs_pb2

    told = set()
    for _ in range(2):
        spec = jobs_pb2.JobSpec(dataset=f"projects/mine/datasets/{DIGEST}")
        request = jobs_pb2.CreateJobRequest(parent="projects/other", job=jobs_pb2.Job(spec=spec))
        path = "/automl_tl.v1.JobService/CreateJob"
        told.add(await call(guarded.channel, path, request.SerializeToString(), guarded.bearer("other")))
        fill(guarded.running.backend.ledger, guarded.running.backend.blobs)
    assert len(told) == 1
    assert next(iter(told))[0] is grpc.StatusCode.INVALID_ARGUMENT


async def test_reflection_wants_a_token_and_health_does_not(guarded):
    health = health_pb2_grpc.HealthStub(guarded.channel)
    assert (await health.Check(health_pb2.HealthCheckRequest())).status == health_pb2.HealthCheckResponse.SERVING
    stub = reflection_pb2_grpc.ServerReflectionStub(guarded.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.ServerReflectionInfo(iter([request])).read()
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    answer = await stub.ServerReflectionInfo(iter([request]), metadata=guarded.bearer("mine")).read()
    assert len(answer.list_services_response.service) >= 4


async def test_a_revoked_token_is_refused(guarded):
    ledger = guarded.running.backend.ledger
    token, record = ledger.tokens.create("mine")
    ledger.tokens.revoke(record.id)
    path = "/automl_tl.v1.CatalogService/ListPlugins"
    assert (await call(guarded.channel, path, b"", (("authorization", f"Bearer {token}"),)))[0] is (
        grpc.StatusCode.UNAUTHENTICATED
    )


def fill(ledger, blobs):
    """Make everything that the names lead to."""
    from automl_tl.pipeline.spec import JobSpec, Stage
    from automl_tl.store.records import DatasetRecord
    from automl_tl.store.stages import Publication

    if ledger.overview.projects():
        return
    blob = blobs.put_bytes(b"x").sha256
    record = ledger.datasets.add(DatasetRecord("mine", DIGEST, "d", "text", (), 2, 1, blob=blob), blobs)
    ledger.jobs.create("mine", JobSpec(dataset=record.name), job="job-1")
    lease = ledger.claim_next("w1", 60.0)
    files = [Publication("a.txt", "thing", "text/plain", blobs.put_bytes(b"y"))]
    ledger.publish_stage(lease, Stage.INGEST, files, blobs)
