"""Lists stay quick with a hundred thousand jobs, and their pages stay put while jobs are added."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import quantiles

import grpc
import pytest

from automl_tl.cli.service_process import running_service
from automl_tl.pipeline.spec import JobSpec
from automl_tl.store import schema
from automl_tl.store.engine import Database
from automl_tl.store.ledger import Ledger
from automl_tl.v1 import jobs_pb2, jobs_pb2_grpc

LONG = os.environ.get("AUTOML_TL_SOAK") == "1"
JOBS = 100_000 if LONG else 2_000
DIGEST = "d1" * 32
SPEC = JobSpec(dataset=f"projects/default/datasets/{DIGEST}")
STATES = ("SUCCEEDED",) * 94 + ("FAILED", "CANCELLED", "CANCELLED", "RUNNING", "QUEUED", "QUEUED")


@pytest.fixture(params=["sqlite", "postgresql"])
def crowded(request, tmp_path):
    """The URL of a ledger with many jobs, most of them finished, each with some trials."""
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    Ledger(url).close()
    database = Database(url)
    spec = SPEC.model_dump_json()
    with database.write() as connection:
        values = {"project": "default", "digest": DIGEST, "modality": "text", "row_count": 100}
        connection.execute(schema.datasets.insert(), values)
        for start in range(0, JOBS, 5_000):
            numbers = range(start + 1, min(start + 5_000, JOBS) + 1)
            connection.execute(schema.jobs.insert(), [_job(number, spec) for number in numbers])
            connection.execute(
                schema.trials.insert(),
                [
                    {"job_id": number, "number": trial, "trial": f"t{trial:04d}", "state": "SUCCEEDED", "seed": 0}
                    for number in numbers
                    for trial in range(3)
                ],
            )
        if request.param == "postgresql":
            connection.exec_driver_sql(f"SELECT setval('jobs_id_seq', {JOBS})")
    database.close()
    return url


def _job(number: int, spec: str) -> dict:
    return {
        "id": number,
        "project": "default",
        "job": f"job-{number:06d}",
        "dataset": DIGEST,
        "spec": spec,
        "state": STATES[number % len(STATES)],
        # Claimable jobs would be taken by nobody here; leases lie far ahead.
        "lease_until": 4e9,
        "create_time": 1.7e9 + number,
        "queue_time": 1.7e9 + number,
        "start_time": 1.7e9 + number,
        "end_time": 1.7e9 + number + 60,
        "last_sequence": 0,
    }


def test_pages_show_every_job_once_while_others_are_added(crowded, tmp_path):
    with _service(crowded, tmp_path) as jobs:
        over, added = threading.Event(), []

        def add() -> None:
            ledger = Ledger(crowded)
            while not over.is_set():
                added.append(ledger.jobs.create("default", SPEC).job)
            ledger.close()

        adding = threading.Thread(target=add)
        adding.start()
        seen = [name for page in _pages(jobs, page_size=200) for name in page]
        over.set()
        adding.join()
    crowd = [f"job-{number:06d}" for number in range(JOBS, 0, -1)]
    known = set(crowd)
    assert [name for name in seen if name in known] == crowd
    assert len(seen) == len(set(seen))
    assert added


@pytest.mark.skipif(not LONG, reason="times a hundred thousand jobs; part of `make soak`")
@pytest.mark.parametrize("states", [(), ("RUNNING",), ("QUEUED", "SUCCEEDED")])
def test_a_page_comes_within_a_tenth_of_a_second(crowded, tmp_path, states, record_property):
    wanted = [jobs_pb2.Job.State.Value(f"STATE_{state}") for state in states]
    with _service(crowded, tmp_path) as jobs:
        tokens, token = [""], ""
        for _ in range(40):
            token = jobs.ListJobs(_request(wanted, token)).next_page_token
            if not token:
                break
            tokens.append(token)
        seconds = []
        for number in range(600):
            begun = time.monotonic()
            jobs.ListJobs(_request(wanted, tokens[number * 7 % len(tokens)]))
            seconds.append(time.monotonic() - begun)
    p50, p99 = (1000 * quantiles(seconds, n=100)[place] for place in (49, 98))
    kind = crowded.partition(":")[0]
    print(
        f"\nListJobs of {states or 'every state'} among {JOBS} jobs in {kind}: p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    )
    record_property("p99_milliseconds", p99)
    assert p99 < 100


@contextmanager
def _service(url: str, tmp_path) -> Iterator[jobs_pb2_grpc.JobServiceStub]:
    """Run a server of its own on the ledger."""
    running = running_service(tmp_path / "data", workers=0, options=["--database", url])
    with running as address, grpc.insecure_channel(address) as channel:
        yield jobs_pb2_grpc.JobServiceStub(channel)


def _request(states: list[int], token: str, page_size: int = 0) -> jobs_pb2.ListJobsRequest:
    return jobs_pb2.ListJobsRequest(
        parent="projects/default", states=states, page_token=token, page_size=page_size
    )


def _pages(jobs: jobs_pb2_grpc.JobServiceStub, page_size: int) -> list[list[str]]:
    pages, token = [], ""
    while True:
        answer = jobs.ListJobs(_request([], token, page_size))
        pages.append([job.name.rpartition("/")[2] for job in answer.jobs])
        token = answer.next_page_token
        if not token:
            return pages
