"""Metrics and pages are on ports of their own, where somebody asks for them."""

import urllib.error
import urllib.request
from asyncio import to_thread

import pytest

from automl_tl.errors import Unavailable
from automl_tl.server.app import start
from automl_tl.server.config import ServerConfig
from automl_tl.v1 import jobs_pb2

from .conftest import CATALOG


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


async def test_nothing_listens_unless_asked_for(service):
    assert service.running.operations.metrics_port == service.running.operations.status_port == 0


async def test_prometheus_reads_calls_and_jobs(settings, text_csv):
    import grpc

    from .conftest import Service

    running = await start(ServerConfig(**settings, metrics_port=0), catalog=CATALOG)
    async with grpc.aio.insecure_channel(running.address) as channel:
        service = Service(running, channel, running.backend.ledger)
        job = await service.create((await service.upload(text_csv)).name)
        await service.jobs.GetJob(jobs_pb2.GetJobRequest(name=job.name))
        refused = await service.refused(service.jobs.GetJob(jobs_pb2.GetJobRequest(name=job.name + "x")))
        assert refused.code is grpc.StatusCode.NOT_FOUND
    port = running.operations.metrics_port
    text = await to_thread(fetch, f"http://127.0.0.1:{port}/metrics")
    assert 'automl_tl_calls_total{code="OK",method="/automl_tl.v1.JobService/GetJob"} 1.0' in text
    assert 'automl_tl_calls_total{code="NOT_FOUND",method="/automl_tl.v1.JobService/GetJob"} 1.0' in text
    assert 'automl_tl_jobs{state="QUEUED"} 1.0' in text
    assert job.name not in text
    assert "default" not in text
    with pytest.raises(urllib.error.HTTPError, match="404"):
        await to_thread(fetch, f"http://127.0.0.1:{port}/")
    await running.stop()
    with pytest.raises(urllib.error.URLError):
        await to_thread(fetch, f"http://127.0.0.1:{port}/metrics")


async def test_a_port_in_use_stops_the_start_and_leaves_nothing(service, settings, tmp_path):
    values = {**settings, "data_dir": tmp_path / "other"}
    with pytest.raises(Unavailable, match=str(service.running.port)):
        await start(ServerConfig(**values, status_port=service.running.port), catalog=CATALOG)
    await (await start(ServerConfig(**values), catalog=CATALOG)).stop()
