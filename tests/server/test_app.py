"""The server starts, says how it is, and ends in order."""

import asyncio
import socket
import subprocess
import sys

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from automl_tl.errors import FailedPrecondition, Unavailable
from automl_tl.server.app import SERVICES, serve, start
from automl_tl.server.config import ServerConfig
from automl_tl.v1 import jobs_pb2, jobs_pb2_grpc

from .conftest import CATALOG, refusal


async def health_of(channel, service=""):
    stub = health_pb2_grpc.HealthStub(channel)
    return (await stub.Check(health_pb2.HealthCheckRequest(service=service))).status


async def test_port_0_takes_a_free_port_and_tells_it(service):
    assert service.running.port > 0
    assert service.running.address == f"127.0.0.1:{service.running.port}"


async def test_every_service_says_that_it_serves(service):
    for name in ("", *SERVICES):
        assert await health_of(service.channel, name) == health_pb2.HealthCheckResponse.SERVING


async def reflected(channel):
    call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
        iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    )
    return {found.name for found in (await call.read()).list_services_response.service}


async def test_reflection_is_off_unless_asked_for(service):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await reflected(service.channel)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_reflection_tells_the_services(settings):
    running = await start(ServerConfig(**settings, reflection=True), catalog=CATALOG)
    async with grpc.aio.insecure_channel(running.address) as channel:
        assert set(SERVICES) <= await reflected(channel)
    await running.stop()


async def test_a_port_in_use_is_refused_and_the_directory_let_go(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=str(port)):
            await start(ServerConfig(**{**settings, "port": port}), catalog=CATALOG)
    await (await start(ServerConfig(**settings), catalog=CATALOG)).stop()


async def test_two_servers_never_share_a_port(service, tmp_path):
    with pytest.raises(Unavailable):
        await start(ServerConfig(tmp_path / "other", port=service.running.port), catalog=CATALOG)


async def test_two_servers_never_share_a_data_directory(service, settings):
    with pytest.raises(FailedPrecondition, match="another server"):
        await start(ServerConfig(**settings), catalog=CATALOG)


async def test_what_was_created_is_there_after_a_restart(settings, text_csv):
    from .conftest import Service

    running = await start(ServerConfig(**settings), catalog=CATALOG)
    async with grpc.aio.insecure_channel(running.address) as channel:
        service = Service(running, channel, running.backend.ledger)
        job = await service.create((await service.upload(text_csv)).name)
    await running.stop()
    running = await start(ServerConfig(**settings), catalog=CATALOG)
    async with grpc.aio.insecure_channel(running.address) as channel:
        again = await jobs_pb2_grpc.JobServiceStub(channel).GetJob(jobs_pb2.GetJobRequest(name=job.name))
    assert again == job
    await running.stop()


async def test_a_stopping_server_sends_watchers_away_with_a_word(settings, text_csv):
    from .conftest import Service

    running = await start(ServerConfig(**settings), catalog=CATALOG)
    async with grpc.aio.insecure_channel(running.address) as channel:
        service = Service(running, channel, running.backend.ledger)
        job = await service.create((await service.upload(text_csv)).name)
        stream = service.jobs.WatchJob(jobs_pb2.WatchJobRequest(name=job.name))
        assert (await stream.read()).sequence == 1
        stopping = asyncio.ensure_future(running.stop())
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stream.read()
        told = refusal(caught.value)
        assert (told.code, told.reason) == (grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE")
        await stopping


async def test_serve_runs_until_it_is_told_to_stop(settings):
    stop, addresses = asyncio.Event(), []

    def ready(running):
        addresses.append(running.address)
        stop.set()

    await asyncio.wait_for(serve(ServerConfig(**settings), ready=ready, stop=stop, catalog=CATALOG), 20)
    assert len(addresses) == 1
    async with grpc.aio.insecure_channel(addresses[0]) as channel:
        with pytest.raises(grpc.aio.AioRpcError):
            await health_of(channel)


def test_a_signal_ends_the_server_in_order(tmp_path):
    code = (
        "import asyncio, sys; from pathlib import Path\n"
        "from automl_tl.server.app import serve; from automl_tl.server.config import ServerConfig\n"
        f"asyncio.run(serve(ServerConfig(Path({str(tmp_path / 'data')!r}), port=0)))\n"
        "assert not {'torch', 'ray', 'timm', 'transformers'} & set(sys.modules)\n"
        "print('ended')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert "listens on 127.0.0.1:" in process.stdout.readline()
    process.terminate()
    assert process.communicate(timeout=20)[0].strip() == "ended"
    assert process.returncode == 0
