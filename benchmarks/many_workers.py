"""Do four workers do four times as much as one? Two services and workers on one PostgreSQL, 100 small jobs."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from automl_tl.client import Client
from automl_tl.pipeline.spec import JobSpec
from automl_tl.store.ledger import Ledger
from automl_tl.testing.postgres import PostgresServer, running_postgres

__all__ = ["Run", "lines", "measure"]

_JOBS = 100
_HARNESS = Path(__file__).parent.parent / "tests" / "crash"
_PATIENCE = 900.0
_CSV = "text,label\n" + "".join(f"note {number} of many,{'ab'[number % 2]}\n" for number in range(20))


@dataclass(frozen=True)
class Run:
    """What became of the jobs.

    ``seconds`` from the start of the workers to the end of the last job; ``starts`` how often jobs were claimed.
    """

    seconds: float
    succeeded: int
    starts: int


def lines() -> Iterator[str]:
    """Yield a row for stages that wait, and one for stages that compute."""
    yield f"{_JOBS} jobs of eight stages, created through two services and run by workers that publish every stage"
    yield "(events, artifact, blob), all on one PostgreSQL. Waiting: a stage sleeps 100 ms on average; computing:"
    yield f"it takes 20 ms of a processor, of which there are {os.cpu_count()}. Asked: ratio >= 3.5 for waiting."
    yield ""
    yield "| stages | 1 worker, s | 4 workers, s | ratio | jobs that succeeded | claims |"
    yield "|---|---|---|---|---|---|"
    with running_postgres() as postgres:
        for title, seconds, busy in (("waiting", 0.1, False), ("computing", 0.02, True)):
            one, four = (measure(postgres, workers, seconds, busy=busy) for workers in (1, 4))
            yield (
                f"| {title} | {one.seconds:.1f} | {four.seconds:.1f} | {one.seconds / four.seconds:.2f} "
                f"| {one.succeeded} and {four.succeeded} | {one.starts} and {four.starts} |"
            )


def measure(postgres: PostgresServer, workers: int, stage_seconds: float, *, busy: bool, jobs: int = _JOBS) -> Run:
    """Create the jobs, then start the workers and wait for the last job."""
    sys.path.insert(0, str(_HARNESS))
    from crash_harness.processes import Cluster, Zygote

    url = postgres.create_database(f"bench_{uuid.uuid4().hex}")
    zygote = Zygote()
    try:
        with tempfile.TemporaryDirectory(prefix="automl-tl-many-") as name:
            root = Path(name)
            cluster = Cluster(zygote, root, url, str(root / "blobs"))
            try:
                servers = [cluster.add_server(own_directory=True) for _ in range(2)]
                _create(cluster.address(servers[0]), cluster.address(servers[1]), root, jobs)
                ledger = Ledger(url)
                began = time.monotonic()
                for _ in range(workers):
                    cluster.add_worker(lease_seconds=30.0, stage_seconds=stage_seconds, busy=busy)
                seconds = _wait(ledger, jobs, began)
                succeeded, starts = _claims(ledger, cluster.witnesses)
                ledger.close()
            finally:
                cluster.close()
    finally:
        zygote.close()
    return Run(seconds, succeeded, starts)


def _create(first: str, second: str, root: Path, jobs: int) -> None:
    (root / "notes.csv").write_text(_CSV, encoding="utf-8")
    with Client(first) as one, Client(second) as two:
        spec = JobSpec(dataset=one.upload(root / "notes.csv").name)
        for number in range(jobs):
            (one, two)[number % 2].create_job(spec)


def _wait(ledger: Ledger, jobs: int, began: float) -> float:
    while time.monotonic() - began < _PATIENCE:
        if ledger.overview.jobs_by_state().get("SUCCEEDED", 0) == jobs:
            return time.monotonic() - began
        time.sleep(0.05)
    raise RuntimeError(f"after {_PATIENCE:.0f} s: {ledger.overview.jobs_by_state()}")


def _claims(ledger: Ledger, witnesses: Path) -> tuple[int, int]:
    """Return how many jobs succeeded, and how often the workers themselves say that they have claimed one."""
    told = Counter(
        "claimed"
        for path in witnesses.glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
        if '"what": "claimed"' in line
    )
    return ledger.overview.jobs_by_state().get("SUCCEEDED", 0), told["claimed"]
