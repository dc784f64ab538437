"""Calls are repeated while the service is away, and lists are read to their last page."""

import grpc
import pytest

from automl_tl import errors
from automl_tl.v1 import jobs_pb2


def test_a_call_is_repeated_while_the_service_is_away(fake_service, connect):
    answers = iter(["away", "away", "here"])

    def get(request, context):
        if next(answers) == "away":
            context.abort(grpc.StatusCode.UNAVAILABLE, "restarting")
        return jobs_pb2.Job(name=request.name)

    service = fake_service(GetJob=get)
    assert connect(service.address).get("job-1").name == "projects/default/jobs/job-1"
    assert len(service.calls) == 3


def test_a_call_that_a_dying_service_drops_is_repeated(fake_service, connect):
    """A server that shuts down cancels what it has not answered, without any reason of ours."""
    answers = iter(["dropped", "here"])

    def get(request, context):
        if next(answers) == "dropped":
            context.abort(grpc.StatusCode.CANCELLED, "")
        return jobs_pb2.Job(name=request.name)

    service = fake_service(GetJob=get)
    assert connect(service.address).get("job-1").name == "projects/default/jobs/job-1"
    assert len(service.calls) == 2


def test_repeats_of_a_write_carry_the_same_request_id(fake_service, connect):
    answers = iter(["away", "here"])

    def cancel(request, context):
        if next(answers) == "away":
            context.abort(grpc.StatusCode.UNAVAILABLE, "restarting")
        return jobs_pb2.Job(name=request.name)

    service = fake_service(CancelJob=cancel)
    connect(service.address).cancel("job-1", reason="enough")
    first, second = (request for _, request in service.calls)
    assert first == second
    assert first.request_id


def test_patience_ends(fake_service, connect):
    def get(request, context):
        context.abort(grpc.StatusCode.UNAVAILABLE, "restarting")

    with pytest.raises(errors.Unavailable):
        connect(fake_service(GetJob=get).address, patience=0.3).get("job-1")


def test_every_page_of_a_list_is_read(fake_service, connect):
    pages = {"": (["a", "b"], "next"), "next": (["c"], "")}

    def list_jobs(request, context):
        names, token = pages[request.page_token]
        return jobs_pb2.ListJobsResponse(jobs=[jobs_pb2.Job(name=n) for n in names], next_page_token=token)

    jobs = connect(fake_service(ListJobs=list_jobs).address).list()
    assert [job.name for job in jobs] == ["a", "b", "c"]
