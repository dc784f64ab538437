"""A job that is cancelled while it runs ends soon, and nothing of it is left."""

from __future__ import annotations

import re
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from crash_harness.asking import Asker, until

from automl_tl.cli.service_process import running_service
from automl_tl.cli.sessions import session_members
from automl_tl.client import Client
from automl_tl.pipeline.spec import JobSpec, JobState

AT_MOST = 30.0


def test_a_running_job_is_cancelled(cluster, dataset, figures):
    cluster.add_server()
    worker = cluster.add_worker(lease_seconds=30.0, stage_seconds=3600.0)
    with Asker(cluster.address(), dataset(cluster.address())) as asker, Client(cluster.address()) as client:
        job = asker.create().name
        until(lambda: client.get(job).stage == "INGEST")
        client.cancel(job, reason="enough")
        seconds = until(lambda: client.get(job).state is JobState.CANCELLED, AT_MOST)
    assert session_members(worker.pid) == (worker.pid,)
    figures(f"CANCELLED after {seconds:.1f} s")


def test_a_frozen_worker_does_not_keep_a_job_from_being_cancelled(cluster, dataset, figures):
    """Its lease runs out, and whoever comes next finds that nobody wants the job any more."""
    cluster.add_server()
    frozen = cluster.add_worker(lease_seconds=2.0, stage_seconds=3600.0)
    with Asker(cluster.address(), dataset(cluster.address())) as asker, Client(cluster.address()) as client:
        job = asker.create().name
        until(lambda: client.get(job).stage == "INGEST")
        freeze(frozen, cluster.database)
        cluster.add_worker(lease_seconds=2.0, stage_seconds=3600.0)
        client.cancel(job)
        seconds = until(lambda: client.get(job).state is JobState.CANCELLED, AT_MOST)
        frozen.signal(signal.SIGCONT)
        assert client.get(job).state is JobState.CANCELLED
    figures(f"CANCELLED after {seconds:.1f} s")


def freeze(process, url: str) -> None:
    """Stop a process where it holds up nobody: in SQLite the one writer that there can be stops all others."""
    for _ in range(100):
        process.signal(signal.SIGSTOP)
        if url.startswith("postgresql") or _can_be_written(url.removeprefix("sqlite:///")):
            return
        process.signal(signal.SIGCONT)
        time.sleep(0.05)
    raise AssertionError("it always holds the lock")


def _can_be_written(file: str) -> bool:
    with closing(sqlite3.connect(file, timeout=1.0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
    return True


def test_a_real_search_is_cancelled_and_leaves_no_process(tmp_path: Path, make_image_folder, long, figures):
    """With real trials in Ray; those of a local Ray that wait for the next job go with the service."""
    if not long:
        pytest.skip("takes a minute; part of `make soak`")
    data = make_image_folder("shapes", per_class=60)
    with running_service(tmp_path / "data", workers=1) as address, Client(address, patience=60) as client:
        uploaded = client.upload(data)
        job = client.create_job(JobSpec(dataset=uploaded.name, budget={"trials": 200}))
        until(lambda: any(trial.state == "RUNNING" for trial in client.trials(job)), 300)
        service = _processes("automl_tl.cli.main serve")
        client.cancel(job)
        seconds = until(lambda: client.get(job).state is JobState.CANCELLED, AT_MOST)
        until(lambda: not _processes(r"ray::(?!IDLE)\w*[Tt]ri"), AT_MOST)
    assert service
    left = [process for process in _processes(re.escape(str(tmp_path))) if process not in service]
    assert left == []
    figures(f"CANCELLED after {seconds:.1f} s with trials running, no process left")


def _processes(pattern: str) -> list[str]:
    """Return the command lines of this machine's processes that match."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if re.search(pattern, line):
            found.append(f"{path.parent.name} {line}")
    return found
