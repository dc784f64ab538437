"""One call, once, with everything that the answer tells."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from automl_tl.v1 import jobs_pb2, jobs_pb2_grpc


class Asker:
    """Calls a server directly: the shipped client would try again by itself."""

    def __init__(self, address: str, dataset: str) -> None:
        self._channel = grpc.insecure_channel(address)
        self._jobs = jobs_pb2_grpc.JobServiceStub(self._channel)
        self._dataset = dataset

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()

    def create(self, request_id: str = "") -> Any:
        job = jobs_pb2.Job(spec=jobs_pb2.JobSpec(dataset=self._dataset))
        request = jobs_pb2.CreateJobRequest(
            parent="projects/default", job=job, request_id=request_id or uuid.uuid4().hex
        )
        return self._jobs.CreateJob(request, timeout=30)

    def get(self, name: str) -> Any:
        return self._jobs.GetJob(jobs_pb2.GetJobRequest(name=name), timeout=30)


def refusal(call: Callable[[], Any]) -> tuple[str, float]:
    """Return the code of a call that fails and the seconds after which it asks to be tried again (NaN: none)."""
    try:
        call()
    except grpc.RpcError as error:
        retry, seconds = error_details_pb2.RetryInfo(), float("nan")
        status = rpc_status.from_call(error)
        for detail in status.details if status else ():
            if detail.Unpack(retry):
                seconds = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
        return error.code().name, seconds
    return "OK", float("nan")


def until(true: Callable[[], bool], seconds: float = 60.0) -> float:
    """Wait until something is true and return how long that took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"not so after {seconds:.0f} seconds"
        time.sleep(0.05)
    return time.monotonic() - begun


def answers(call: Callable[[], Any]) -> bool:
    """Whether a call is answered without an error."""
    return refusal(call)[0] == "OK"
