"""How the server speaks."""

import asyncio
import shutil

import grpc
import pytest

from automl_tl.errors import Unavailable
from automl_tl.server.app import start
from automl_tl.server.config import ServerConfig
from automl_tl.server.tls import Tls
from automl_tl.server.transport import bind, channel_options
from automl_tl.v1 import catalog_pb2, catalog_pb2_grpc, jobs_pb2, jobs_pb2_grpc

from .conftest import CATALOG


def test_options_keep_connections_alive_and_finite(tmp_path):
    options = dict(channel_options(ServerConfig(tmp_path, connection_seconds=90)))
    assert options["grpc.so_reuseport"] == 0
    assert options["grpc.max_receive_message_length"] == 4 << 20
    assert options["grpc.max_connection_age_ms"] == 90_000
    assert options["grpc.max_connection_age_grace_ms"] > 0
    assert options["grpc.keepalive_time_ms"] > options["grpc.http2.min_recv_ping_interval_without_data_ms"]


async def test_a_port_in_use_is_unavailable(service, tmp_path):
    server = grpc.aio.server(options=channel_options(ServerConfig(tmp_path)))
    with pytest.raises(Unavailable, match="another program"):
        bind(server, ServerConfig(tmp_path, port=service.running.port))
    await server.stop(None)


@pytest.fixture
async def secure(settings, certificates, tmp_path):
    """Start a server with TLS; give what opens a channel to it."""
    for name in ("server.pem", "server-key.pem"):
        shutil.copy(certificates / name, tmp_path / name)
    started = []

    async def begin(*, client_ca=False):
        tls = Tls(
            tmp_path / "server.pem", tmp_path / "server-key.pem", certificates / "ca.pem" if client_ca else None
        )
        running = await start(ServerConfig(**settings, tls=tls), catalog=CATALOG)
        started.append(running)
        return running

    yield begin
    for running in started:
        await running.stop()


def channel(running, certificates, name=""):
    key, chain = (
        ((certificates / f"{name}-key.pem").read_bytes(), (certificates / f"{name}.pem").read_bytes())
        if name
        else (None, None)
    )
    credentials = grpc.ssl_channel_credentials((certificates / "ca.pem").read_bytes(), key, chain)
    return grpc.aio.secure_channel(running.address, credentials)


async def answers(opened):
    """Return whether a call gets through."""
    async with opened:
        try:
            stub = catalog_pb2_grpc.CatalogServiceStub(opened)
            return len((await stub.ListModels(catalog_pb2.ListModelsRequest(), timeout=5)).models) > 0
        except grpc.aio.AioRpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                raise
            return False


async def test_with_tls_only_encrypted_calls_get_through(secure, certificates):
    running = await secure()
    assert await answers(channel(running, certificates))
    assert not await answers(grpc.aio.insecure_channel(running.address))


async def test_with_mutual_tls_only_known_clients_get_through(secure, certificates):
    running = await secure(client_ca=True)
    assert await answers(channel(running, certificates, "client"))
    assert not await answers(channel(running, certificates))
    assert not await answers(channel(running, certificates, "stranger"))


async def test_a_renewed_certificate_serves_new_connections(secure, certificates, tmp_path):
    running = await secure()
    for name in ("", "-key"):
        shutil.copy(certificates / f"stranger{name}.pem", tmp_path / f"server{name}.pem")
    assert not await answers(channel(running, certificates))  # nobody vouches for the new one
    for name in ("", "-key"):
        shutil.copy(certificates / f"server{name}.pem", tmp_path / f"server{name}.pem")
    assert await answers(channel(running, certificates))


async def test_an_old_connection_is_closed_and_a_new_one_made(settings):
    """Watchers go on over the new one; here a channel reconnects by itself."""
    running = await start(ServerConfig(**settings, connection_seconds=0.2), catalog=CATALOG)
    async with grpc.aio.insecure_channel(running.address) as opened:
        states = set()
        stub = catalog_pb2_grpc.CatalogServiceStub(opened)
        for _ in range(6):
            await stub.ListModels(catalog_pb2.ListModelsRequest())
            states.add(opened.get_state())
            await asyncio.sleep(0.15)
        assert grpc.ChannelConnectivity.IDLE in states | {opened.get_state()}
    await running.stop()


async def test_a_message_that_is_too_long_is_refused(service):
    request = jobs_pb2.GetJobRequest(name="x" * (5 << 20))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await jobs_pb2_grpc.JobServiceStub(service.channel).GetJob(request)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
