"""GetJob stays quick while hundreds watch; the load comes from the same machine."""

from __future__ import annotations

import asyncio
import os
import time
from statistics import quantiles

import grpc
import pytest

from automl_tl.cli.service_process import running_service
from automl_tl.client import Client
from automl_tl.pipeline.spec import JobSpec
from automl_tl.v1 import jobs_pb2, jobs_pb2_grpc

LONG = os.environ.get("AUTOML_TL_SOAK") == "1"
WATCHERS = 500 if LONG else 100
SECONDS = 20.0 if LONG else 1.0
AT_ONCE = 32
CONNECTIONS = 4


async def load(address: str, name: str) -> tuple[int, list[float], int]:
    """Watch and ask; return the number of open watches, the seconds of every answer, and failures."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.aio.insecure_channel(address, options=options) for _ in range(CONNECTIONS)]
    stubs = [jobs_pb2_grpc.JobServiceStub(channel) for channel in channels]
    watches = [stubs[n % CONNECTIONS].WatchJob(jobs_pb2.WatchJobRequest(name=name)) for n in range(WATCHERS)]
    firsts = await asyncio.gather(*(watch.read() for watch in watches))
    times: list[float] = []
    failures = 0
    until = time.perf_counter() + SECONDS

    async def ask(stub: jobs_pb2_grpc.JobServiceStub) -> None:
        nonlocal failures
        while (begun := time.perf_counter()) < until:
            try:
                await stub.GetJob(jobs_pb2.GetJobRequest(name=name))
            except grpc.aio.AioRpcError:
                failures += 1
            times.append(time.perf_counter() - begun)

    await asyncio.gather(*(ask(stubs[n % CONNECTIONS]) for n in range(AT_ONCE)))
    still_open = sum(not watch.done() for watch in watches)
    for watch in watches:
        watch.cancel()
    for channel in channels:
        await channel.close()
    assert all(first.sequence == 1 for first in firsts)
    return still_open, times, failures


def test_many_watchers_slow_nobody_down(tmp_path):
    """The figures are judged by `make soak` only; that nothing fails is judged always."""
    (tmp_path / "a.csv").write_text(
        "text,label\n" + "".join(f"note {n} of many,{'ab'[n % 2]}\n" for n in range(20))
    )
    with running_service(tmp_path / "data", workers=0) as address:
        with Client(address) as client:
            job = client.create_job(JobSpec(dataset=client.upload(tmp_path / "a.csv").name))
        still_open, times, failures = asyncio.run(load(address, job.name))
    rate, p99 = len(times) / SECONDS, quantiles(times, n=100)[98]
    print(f"{still_open} watches, {rate:.0f} GetJob a second, p99 {1000 * p99:.1f} ms")
    assert (still_open, failures) == (WATCHERS, 0)
    if LONG:
        assert rate >= 1500
        assert p99 < 0.1


@pytest.mark.skipif(not LONG, reason="needs a quiet machine; part of `make soak`")
def test_the_service_answers_within_two_seconds(tmp_path):
    begun = time.perf_counter()
    with running_service(tmp_path, workers=0) as address, Client(address) as client:
        assert client.plugins()
        assert time.perf_counter() - begun < 2.0
