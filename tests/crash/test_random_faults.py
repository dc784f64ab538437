"""Servers and workers die and freeze at random; in the end every job is done, once, and nothing is amiss."""

from __future__ import annotations

import random
import time
from collections import Counter

from crash_harness.clients import Readers, create_until_acknowledged
from crash_harness.collect import collect
from crash_harness.faults import Faults
from crash_harness.model import Records, violations

from automl_tl.errors import Unavailable
from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.store.audit import audit
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.pages import PageRequest
from automl_tl.store.places import Places

ORDER = [stage.value for stage in Stage]
LEASE = 1.0


def test_random_kills_and_stops(request, cluster, dataset, spec, long, figures):
    jobs_wanted, faults_wanted = (50, 200) if long else (3, 8)
    several = cluster.database.startswith("postgresql")
    for _ in range(2 if several else 1):
        cluster.add_server(own_directory=several)
    for _ in range(4 if long else 2):
        cluster.add_worker(lease_seconds=LEASE, stage_seconds=0.25 if long else 0.1)
    wanted, records, jobs = spec(dataset(cluster.address())), Records(), []
    crash = []
    if several and long:
        # The server for tests keeps what was committed through this, as one on a disk does through a power cut.
        postgres = request.getfixturevalue("postgres_server")
        crash = [("crash of the database", lambda: (postgres.stop("immediate"), postgres.start()))]
    faults = Faults(
        cluster,
        seed=20261121,
        wanted=faults_wanted,
        nap=(0.2, 3 * LEASE),
        pause=(0.1, 0.4) if long else (0.05, 0.2),
        others=crash,
    )
    any_address = lambda: cluster.address(random.choice(cluster.servers))  # noqa: E731
    deadline = time.monotonic() + (1800 if long else 180)
    ledger = Ledger(cluster.database)
    with faults, Readers(any_address, jobs, records, count=3) as readers:
        # What went wrong with the faults themselves is told first.
        while not (faults.enough and _done(ledger, jobs, jobs_wanted)):
            assert time.monotonic() < deadline, f"{_states(ledger)}\n{cluster.log()[-5000:]}"
            # There is always some work while faults happen.
            if len(jobs) < jobs_wanted or (not faults.enough and _done(ledger, jobs, jobs_wanted)):
                jobs.append(create_until_acknowledged(any_address, wanted, records))
            time.sleep(0.1)
    # Those that were frozen the longest have yet to learn that they are late.
    time.sleep(2 * LEASE)
    collect(ledger, records, cluster.witnesses)
    blobs = Places(blob_store=cluster.blob_store).open_blobs(DataDirectory(cluster.root))
    found = audit(ledger, blobs, read_blobs=True)
    assert violations(records, ORDER) == []
    assert found.findings == ()
    stages = sum(map(len, records.stages.values()))
    succeeded = sum(event.state == "SUCCEEDED" for events in records.histories.values() for event in events)
    assert (stages, succeeded) == (len(jobs) * len(ORDER), len(jobs))
    ledger.close()
    fenced = sum(line["what"] == "fenced" for line in records.witnesses)
    claims = sum(line["what"] == "claimed" for line in records.witnesses)
    if long:
        assert fenced > 0, "no zombie was ever woken in time to try"
    figures(
        f"{len(jobs)} jobs, {stages} stage rows, {succeeded} SUCCEEDED, {found.events} events without a gap, "
        f"{found.blobs} blobs read; faults {dict(faults.counts)}; {claims} claims, {fenced} zombies refused, "
        f"{readers.resumed} resumed, {len(records.reads)} reads checked, {readers.unanswered} unanswered"
    )


def _done(ledger: Ledger, jobs: list[str], wanted: int) -> bool:
    states = _states(ledger)
    return len(jobs) >= wanted and states.get(JobState.SUCCEEDED, 0) == len(jobs)


def _states(ledger: Ledger) -> Counter[JobState]:
    """Count jobs by state; the database may be away."""
    for _ in range(600):
        try:
            return Counter(job.state for job in ledger.jobs.list("default", PageRequest(1000)).items)
        except Unavailable:
            time.sleep(0.1)
    raise AssertionError("the database does not come back")
