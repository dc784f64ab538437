"""A watcher sees every event once, in order, to the last, across broken streams."""

import asyncio

import grpc
import pytest

from automl_tl.pipeline.spec import JobState
from automl_tl.search.budget import StopReason
from automl_tl.v1 import jobs_pb2 as wire

JOB = "projects/default/jobs/job-1"


def watch(service, after=0):
    return service.jobs.WatchJob(wire.WatchJobRequest(name=JOB, after_sequence=after))


@pytest.fixture
async def lease(service, text_dataset):
    """Take the job under a lease, as a worker would."""
    await service.create(text_dataset.name, job_id="job-1")
    return service.ledger.claim_next("worker", 60)


def finish(service, lease):
    service.ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)


async def test_a_finished_jobs_history_is_whole_and_the_stream_ends(service, lease):
    for number in range(7):
        service.ledger.stages.warn(lease, str(number))
    finish(service, lease)
    events = [event async for event in watch(service)]
    assert [event.sequence for event in events] == list(range(1, 11))
    assert events[-1].job.state == wire.Job.STATE_SUCCEEDED


async def test_events_arrive_while_they_happen(service, lease):
    stream = watch(service)
    first = [await stream.read(), await stream.read()]
    assert [event.job.state for event in first] == [wire.Job.STATE_QUEUED, wire.Job.STATE_RUNNING]
    await asyncio.to_thread(service.ledger.stages.warn, lease, "careful")
    assert (await asyncio.wait_for(stream.read(), 5)).warning.message == "careful"
    finish(service, lease)
    assert (await asyncio.wait_for(stream.read(), 5)).job.stop_reason == wire.Job.STOP_REASON_COMPLETED
    assert await asyncio.wait_for(stream.read(), 5) is grpc.aio.EOF


async def test_a_broken_stream_is_resumed_without_gap_or_double(service, lease):
    def work():
        for number in range(60):
            service.ledger.stages.warn(lease, str(number))
        finish(service, lease)

    working = asyncio.ensure_future(asyncio.to_thread(work))
    seen, last = [], 0
    while True:
        stream = watch(service, last)
        taken = 0
        async for event in stream:
            seen.append(event.sequence)
            last, taken = event.sequence, taken + 1
            if taken == 7:
                stream.cancel()
                break
        else:
            break
    await working
    assert seen == list(range(1, 64))


async def test_many_watchers_see_the_same(service, lease):
    async def everything():
        return [event.sequence async for event in watch(service)]

    watchers = [asyncio.ensure_future(everything()) for _ in range(30)]
    for number in range(20):
        await asyncio.to_thread(service.ledger.stages.warn, lease, str(number))
    await asyncio.to_thread(finish, service, lease)
    assert await asyncio.wait_for(asyncio.gather(*watchers), 20) == [list(range(1, 24))] * 30


async def test_after_the_last_event_a_finished_job_has_nothing_to_say(service, lease):
    finish(service, lease)
    assert [event async for event in watch(service, 3)] == []


@pytest.mark.parametrize("after", [-1, 4, 1000])
async def test_a_sequence_that_cannot_be_is_refused(service, lease, after):
    finish(service, lease)
    told = await service.refused(watch(service, after))
    assert told.code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.OUT_OF_RANGE)
    assert told.fields == ("after_sequence",)


async def test_an_unknown_job_is_not_found(service):
    assert (await service.refused(watch(service))).code is grpc.StatusCode.NOT_FOUND


async def test_a_resumed_job_is_watched_beyond_its_first_end(service, lease):
    await asyncio.to_thread(service.ledger.finish, lease, JobState.FAILED, StopReason.FAILED)
    await service.jobs.ResumeJob(wire.ResumeJobRequest(name=JOB))
    stream = watch(service)
    states = [(await asyncio.wait_for(stream.read(), 5)).job.state for _ in range(4)]
    assert states[2:] == [wire.Job.STATE_FAILED, wire.Job.STATE_QUEUED]
    await service.jobs.CancelJob(wire.CancelJobRequest(name=JOB))
    assert (await asyncio.wait_for(stream.read(), 5)).job.state == wire.Job.STATE_CANCELLED
    assert await asyncio.wait_for(stream.read(), 5) is grpc.aio.EOF


async def test_other_calls_answer_while_many_watch(service, lease):
    streams = [watch(service) for _ in range(40)]
    await asyncio.gather(*(stream.read() for stream in streams))
    job = await service.jobs.GetJob(wire.GetJobRequest(name=JOB), timeout=5)
    assert job.state == wire.Job.STATE_RUNNING
    for stream in streams:
        stream.cancel()


class TestHeartbeats:
    """A server whose heart beats fast."""

    @pytest.fixture
    def settings(self, settings):
        return {**settings, "heartbeat_seconds": 0.05}

    async def test_silence_is_broken_by_heartbeats_that_repeat_the_last_sequence(self, service, lease):
        stream = watch(service, after=2)
        events = [await asyncio.wait_for(stream.read(), 5) for _ in range(3)]
        assert [event.WhichOneof("event") for event in events] == ["heartbeat"] * 3
        assert {event.sequence for event in events} == {2}
        await asyncio.to_thread(finish, service, lease)
        rest = []
        while (event := await asyncio.wait_for(stream.read(), 5)) is not grpc.aio.EOF:
            rest.append(event)
        assert [event.sequence for event in rest if event.WhichOneof("event") != "heartbeat"] == [3]


async def test_streams_are_counted_and_limited(service, lease):
    object.__setattr__(service.backend.config, "max_watches", 2)
    name = lease.name
    streams = [service.jobs.WatchJob(wire.WatchJobRequest(name=name)) for _ in range(2)]
    for stream in streams:
        await stream.read()
    told = await service.refused(service.jobs.WatchJob(wire.WatchJobRequest(name=name)))
    assert (told.code, told.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
    streams[0].cancel()
    await asyncio.sleep(0.1)
    again = service.jobs.WatchJob(wire.WatchJobRequest(name=name))
    assert (await again.read()).sequence == 1
