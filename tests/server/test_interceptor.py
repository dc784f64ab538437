"""Whatever a handler raises, the wire carries a status and never a raw text."""

import grpc
import pytest

from automl_tl.errors import DatasetError
from automl_tl.server.interceptor import CallInterceptor
from automl_tl.v1 import datasets_pb2, datasets_pb2_grpc, jobs_pb2, jobs_pb2_grpc

from .conftest import refusal

SECRET = "password=hunter2 at /srv/private"


class Jobs(jobs_pb2_grpc.JobServiceServicer):
    async def GetJob(self, request, context):
        if request.name == "abort":
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")
        if request.name == "raw":
            raise RuntimeError(SECRET)
        if request.name == "known":
            raise DatasetError("row 3: no label", field="row 3")
        return jobs_pb2.Job(name=request.name)

    async def WatchJob(self, request, context):
        yield jobs_pb2.JobEvent(sequence=1)
        if request.name == "raw":
            raise RuntimeError(SECRET)


class Datasets(datasets_pb2_grpc.DatasetServiceServicer):
    async def UploadDataset(self, request_iterator, context):
        names = [message.header.file_name async for message in request_iterator]
        if "raw" in names:
            raise RuntimeError(SECRET)
        return datasets_pb2.Dataset(name=",".join(names))


@pytest.fixture
async def channel():
    server = grpc.aio.server(interceptors=(CallInterceptor(),))
    jobs_pb2_grpc.add_JobServiceServicer_to_server(Jobs(), server)
    datasets_pb2_grpc.add_DatasetServiceServicer_to_server(Datasets(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


async def failure(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    assert SECRET not in str(caught.value)
    assert SECRET not in str(caught.value.trailing_metadata())
    return refusal(caught.value)


def get(channel, name):
    return jobs_pb2_grpc.JobServiceStub(channel).GetJob(jobs_pb2.GetJobRequest(name=name))


async def test_answers_pass_through(channel):
    assert (await get(channel, "fine")).name == "fine"


async def test_a_known_error_arrives_with_code_reason_and_field(channel):
    told = await failure(get(channel, "known"))
    assert told.code is grpc.StatusCode.INVALID_ARGUMENT
    assert (told.message, told.reason, told.fields) == ("row 3: no label", "INVALID_DATASET", ("row 3",))


async def test_an_unexpected_error_arrives_as_an_incident(channel):
    told = await failure(get(channel, "raw"))
    assert told.code is grpc.StatusCode.INTERNAL
    assert told.metadata["incident"] in told.message


async def test_a_deliberate_abort_is_left_alone(channel):
    told = await failure(get(channel, "abort"))
    assert (told.code, told.message) == (grpc.StatusCode.UNAUTHENTICATED, "who are you?")


async def test_an_error_in_the_middle_of_a_stream(channel):
    call = jobs_pb2_grpc.JobServiceStub(channel).WatchJob(jobs_pb2.WatchJobRequest(name="raw"))
    assert (await call.read()).sequence == 1
    told = await failure(call.read())
    assert told.code is grpc.StatusCode.INTERNAL
    assert told.metadata["incident"]


async def test_an_error_in_an_upload(channel):
    def messages(*names):
        for name in names:
            yield datasets_pb2.UploadDatasetRequest(header=datasets_pb2.UploadHeader(file_name=name))

    stub = datasets_pb2_grpc.DatasetServiceStub(channel)
    assert (await stub.UploadDataset(messages("a", "b"))).name == "a,b"
    assert (await failure(stub.UploadDataset(messages("a", "raw")))).metadata["incident"]


@pytest.mark.parametrize("method", ["JobService/GetJob", "JobService/WatchJob", "DatasetService/UploadDataset"])
async def test_garbage_instead_of_a_message_is_the_callers_error(channel, method):
    garbage = b"\xff\xff\xff"
    path = f"/automl_tl.v1.{method}"
    if method.endswith("WatchJob"):
        call = channel.unary_stream(path)(garbage).read()
    elif method.endswith("UploadDataset"):
        call = channel.stream_unary(path)(iter([garbage]))
    else:
        call = channel.unary_unary(path)(garbage)
    told = await failure(call)
    assert told.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "not a valid message" in told.message


async def test_an_unknown_method_stays_unimplemented(channel):
    told = await failure(channel.unary_unary("/automl_tl.v1.JobService/Nothing")(b""))
    assert told.code is grpc.StatusCode.UNIMPLEMENTED
