"""Whole jobs through the Jobs API of a real Ray, with its token, as an operator would run them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from automl_tl.distributed.jobs_api import JobsApi
from automl_tl.errors import Unauthenticated
from automl_tl.pipeline.spec import JobSpec, JobState
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.local_blobs import LocalBlobStore
from automl_tl.store.records import DatasetRecord
from automl_tl.testing.ray_nodes import RayNodes, missing_packages

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=f"no ray[default] here: {missing_packages()}")

SECONDS = 300.0


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, f"after {SECONDS:.0f} s still not so: {what}"
        time.sleep(0.1)


@pytest.fixture
def nodes():
    """Return a cluster of one node with one processor."""
    with RayNodes(head_cpus=1) as nodes:
        yield nodes


@pytest.fixture
def directory(tmp_path):
    return DataDirectory(tmp_path / "service").create()


@pytest.fixture
def ledger(directory):
    ledger = Ledger(directory.ledger_url)
    yield ledger
    ledger.close()


@pytest.fixture
def queue(ledger, directory, image_folder):
    """Return a function that queues a job which ends after its ranking."""
    from automl_tl.data.load import load_dataset

    data = load_dataset(image_folder)
    record = DatasetRecord("default", data.digest, "shapes", "image", (), len(data), 0, uri=image_folder.as_uri())
    ledger.datasets.add(record, LocalBlobStore(directory.blobs))
    spec = {"dataset": record.name, "stop_after": "RANK", "models": {"names": ("starter:glyphs-resnet",)}}
    return lambda job: ledger.jobs.create("default", JobSpec.model_validate(spec), job=job)


def start(nodes, directory) -> subprocess.Popen:
    """Start a worker that hands jobs over."""
    command = [sys.executable, "-m", "automl_tl.worker", "--data-dir", str(directory.root)]
    return subprocess.Popen([*command, "--ray", f"jobs+{nodes.jobs_url}"], env=nodes.environment)


def test_jobs_outlive_the_worker_that_submitted_them_and_are_submitted_once(nodes, directory, ledger, queue):
    """Killed and started again, it goes on with what is there; a job cancelled before it began is taken back."""
    api = JobsApi(nodes.jobs_url, token=nodes.token)
    with pytest.raises(Unauthenticated):
        JobsApi(nodes.jobs_url, token="of another cluster").list()
    state = lambda job: ledger.jobs.get("default", job).state  # noqa: E731
    queue("job-1")
    first = start(nodes, directory)
    try:
        until(lambda: api.find("job-1"), "the first worker has submitted the job")
    finally:
        first.kill()
        first.wait()
    assert not api.submit("job-1", "echo twice", metadata={})
    queue("job-2")
    second = start(nodes, directory)
    try:
        until(lambda: api.find("job-2"), "the second worker has submitted the next job")
        if not state("job-1").final:
            assert api.find("job-2").status == "PENDING"
        ledger.jobs.cancel("default", "job-2")
        until(lambda: api.find("job-2").over, "the job that was cancelled is stopped")
        until(lambda: state("job-1").final, "the job ends")
        until(lambda: api.find("job-1").over, "its processes have ended")
    finally:
        second.terminate()
        assert second.wait(30) == 0
    assert (state("job-1"), state("job-2")) == (JobState.SUCCEEDED, JobState.CANCELLED)
    assert {run.submission_id for run in api.list()} == {"job-1", "job-2"}
    assert ledger.jobs.get("default", "job-1").error is None


@pytest.mark.skipif(os.environ.get("AUTOML_TL_SOAK") != "1", reason="minutes; `make soak` runs it")
def test_a_running_job_is_cancelled_and_runs_again_when_it_is_resumed(nodes, directory, ledger, queue):
    """Its worker hears of it by itself; the second run has an id of its own."""
    api = JobsApi(nodes.jobs_url, token=nodes.token)
    state = lambda: ledger.jobs.get("default", "job-1").state  # noqa: E731
    queue("job-1")
    worker = start(nodes, directory)
    try:
        until(lambda: state() is JobState.RUNNING, "the cluster has taken the job")
        ledger.jobs.cancel("default", "job-1")
        until(lambda: state().final, "the job has stopped")
        ended = state()
        until(lambda: api.find("job-1").over, "its processes have ended")
        if ended is JobState.CANCELLED:
            ledger.jobs.resume("default", "job-1")
            until(lambda: state() is JobState.SUCCEEDED, "the resumed job succeeds")
            assert len(api.list()) == 2
    finally:
        worker.terminate()
        assert worker.wait(30) == 0
    assert ended in (JobState.CANCELLED, JobState.SUCCEEDED)


@pytest.mark.skipif(os.environ.get("AUTOML_TL_SOAK") != "1", reason="minutes; `make soak` runs it")
def test_a_job_outwaits_a_cluster_that_is_full_for_longer_than_ray_waits(directory, ledger, queue):
    """More often than three submissions are given up, and it succeeds when there is room."""
    with RayNodes(head_cpus=1, environment={"RAY_JOB_START_TIMEOUT_SECONDS": "10"}) as nodes:
        api = JobsApi(nodes.jobs_url, token=nodes.token)
        api.submit("other", "sleep 600", metadata={})
        until(lambda: api.find("other").status == "RUNNING", "somebody else's job has the only processor")
        queue("job-1")
        worker = start(nodes, directory)
        try:
            until(lambda: api.find("job-1_5"), "the fifth submission")
            assert ledger.jobs.get("default", "job-1").state is JobState.QUEUED
            assert [api.find(name).starved for name in ("job-1", "job-1_2", "job-1_3", "job-1_4")] == [True] * 4
            api.stop("other")
            until(lambda: ledger.jobs.get("default", "job-1").state is JobState.SUCCEEDED, "the job succeeds")
        finally:
            worker.terminate()
            assert worker.wait(30) == 0
