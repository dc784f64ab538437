"""Two services and four workers on one PostgreSQL: each job once, and four do more than one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from crash_harness.collect import collect
from crash_harness.model import Created, Records, violations
from crash_harness.processes import Cluster, Zygote

from automl_tl.client import Client
from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.store.ledger import Ledger
from automl_tl.store.pages import PageRequest

ORDER = [stage.value for stage in Stage]


def run(zygote: Zygote, root: Path, database: str, dataset: Any, spec: Any, new_id: Any, **options: Any) -> float:
    """Create jobs through both services, run them all, check what everybody has to say; return the seconds."""
    jobs, workers, stage_seconds = options["jobs"], options["workers"], options["stage_seconds"]
    cluster, records = Cluster(zygote, root, database, str(root / "blobs")), Records()
    root.mkdir()
    try:
        servers = [cluster.add_server(own_directory=True) for _ in range(2)]
        wanted = spec(dataset(cluster.address()))
        with Client(cluster.address(servers[0])) as one, Client(cluster.address(servers[1])) as two:
            for number in range(jobs):
                request = new_id()
                job = (one, two)[number % 2].create_job(wanted, request_id=request)
                records.created.append(Created(request, job.name.rpartition("/")[2]))
        ledger, began = Ledger(database), time.monotonic()
        for _ in range(workers):
            cluster.add_worker(lease_seconds=30.0, stage_seconds=stage_seconds)
        while ledger.overview.jobs_by_state().get("SUCCEEDED", 0) < jobs:
            assert time.monotonic() - began < 300, ledger.overview.jobs_by_state()
            time.sleep(0.05)
        seconds = time.monotonic() - began
        collect(ledger, records, cluster.witnesses)
        states = {job.state for job in ledger.jobs.list("default", PageRequest(1000)).items}
        ledger.close()
    finally:
        cluster.close()
    assert states == {JobState.SUCCEEDED}
    assert list(violations(records, ORDER)) == []
    claims = [line for line in records.witnesses if line["what"] == "claimed"]
    assert len(claims) == len({line["job"] for line in claims}) == jobs
    if workers > 1 and jobs > workers:
        assert len({line["worker"] for line in claims}) == workers
    return seconds


@pytest.fixture
def databases(postgres_server: Any, ledger_template: str) -> Any:
    """Return a function that makes an empty ledger."""
    made: list[str] = []

    def make() -> str:
        made.append(f"many_{len(made)}_{time.time_ns()}")
        return str(postgres_server.create_database(made[-1], template=ledger_template))

    yield make
    for name in made:
        postgres_server.drop_database(name)


def test_each_job_is_run_once(zygote, tmp_path, databases, dataset, spec, new_id, long, figures):
    """The ratio is judged by `make soak` only: nothing is timed in `make test`."""
    shared = (dataset, spec, new_id)
    if not long:
        run(zygote, tmp_path / "four", databases(), *shared, jobs=40, workers=4, stage_seconds=0.02)
        return
    one = run(zygote, tmp_path / "one", databases(), *shared, jobs=100, workers=1, stage_seconds=0.1)
    four = run(zygote, tmp_path / "four", databases(), *shared, jobs=100, workers=4, stage_seconds=0.1)
    figures(
        f"100 jobs with stages that wait: 1 worker {one:.1f} s, 4 workers {four:.1f} s, ratio {one / four:.2f}"
    )
    assert one / four >= 3.5
