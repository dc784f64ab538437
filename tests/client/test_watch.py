"""Watching survives broken streams and gives every event exactly once."""

import grpc
import pytest

from automl_tl import errors
from automl_tl.pipeline.events import JobChanged, StageProgress
from automl_tl.v1 import jobs_pb2

JOB = "projects/default/jobs/job-1"


def progress(sequence):
    return jobs_pb2.JobEvent(sequence=sequence, progress=jobs_pb2.Progress(stage=2, fraction=sequence / 10))


def final(sequence):
    state = jobs_pb2.Job.STATE_SUCCEEDED
    return jobs_pb2.JobEvent(sequence=sequence, job=jobs_pb2.Job(name=JOB, state=state))


def heartbeat(sequence):
    return jobs_pb2.JobEvent(sequence=sequence, heartbeat=jobs_pb2.Heartbeat())


def get_job(request, context):
    return jobs_pb2.Job(name=JOB, state=jobs_pb2.Job.STATE_SUCCEEDED, last_sequence=5)


HISTORY = [progress(1), progress(2), progress(3), progress(4), final(5)]


def test_a_stream_that_breaks_at_any_place_is_resumed_from_there(fake_service, connect):
    def watch(request, context):
        for event in HISTORY[request.after_sequence :]:
            yield event
            if event.sequence < 5:
                context.abort(grpc.StatusCode.UNAVAILABLE, "connection reset")

    service = fake_service(WatchJob=watch, GetJob=get_job)
    events = list(connect(service.address).watch("job-1"))
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]
    assert events[0].payload == StageProgress("PROBE", 0.1)
    assert events[-1].payload == JobChanged(JOB, "SUCCEEDED")
    asked = [request.after_sequence for name, request in service.calls if name == "WatchJob"]
    assert asked == [0, 1, 2, 3, 4]


def test_events_that_a_service_repeats_are_dropped(fake_service, connect):
    def watch(request, context):
        yield from [HISTORY[0], HISTORY[0], heartbeat(1), *HISTORY]

    events = connect(fake_service(WatchJob=watch, GetJob=get_job).address).watch("job-1")
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]


def test_a_stream_that_ends_before_the_job_does_is_opened_again(fake_service, connect):
    def watch(request, context):
        yield from HISTORY[request.after_sequence : request.after_sequence + 2]

    events = connect(fake_service(WatchJob=watch, GetJob=get_job).address).watch("job-1")
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]


def test_a_finished_job_without_news_ends_at_once(fake_service, connect):
    service = fake_service(WatchJob=lambda request, context: iter(()), GetJob=get_job)
    assert list(connect(service.address).watch("job-1", after_sequence=5)) == []
    assert [name for name, _ in service.calls] == ["WatchJob", "GetJob"]


def test_a_failed_job_that_was_resumed_is_watched_to_its_real_end(fake_service, connect):
    failed = jobs_pb2.JobEvent(sequence=2, job=jobs_pb2.Job(name=JOB, state=jobs_pb2.Job.STATE_FAILED))
    history = [progress(1), failed, progress(3), progress(4), final(5)]
    service = fake_service(WatchJob=lambda request, context: iter(history), GetJob=get_job)
    assert len(list(connect(service.address).watch("job-1"))) == 5


def test_a_skipped_event_is_an_error(fake_service, connect):
    service = fake_service(WatchJob=lambda request, context: iter([progress(1), progress(3)]), GetJob=get_job)
    with pytest.raises(errors.DataCorrupted, match="skipped from event 1 to 3"):
        list(connect(service.address).watch("job-1"))


def test_an_error_that_is_no_broken_stream_is_raised_at_once(fake_service, connect, abort):
    def watch(request, context):
        abort(context, grpc.StatusCode.NOT_FOUND, "there is no such job", reason="NOT_FOUND")

    service = fake_service(WatchJob=watch)
    with pytest.raises(errors.NotFound, match="there is no such job"):
        list(connect(service.address).watch("job-1"))
    assert len(service.calls) == 1


@pytest.mark.parametrize("how", ["breaks", "ends"])
def test_a_service_that_never_gets_further_is_given_up(fake_service, connect, how):
    def watch(request, context):
        if how == "breaks":
            context.abort(grpc.StatusCode.UNAVAILABLE, "connection reset")
        yield from ()

    service = fake_service(WatchJob=watch, GetJob=get_job)
    with pytest.raises(errors.Unavailable):
        list(connect(service.address, patience=0.5).watch("job-1"))
    assert 1 < len([name for name, _ in service.calls if name == "WatchJob"]) < 10


def test_wait_returns_the_finished_job_and_lets_its_caller_hear(fake_service, connect):
    service = fake_service(WatchJob=lambda request, context: iter(HISTORY), GetJob=get_job)
    heard = []
    job = connect(service.address).wait("job-1", on_event=heard.append)
    assert job.state.final
    assert len(heard) == 5
