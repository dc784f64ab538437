"""Whoever watches a job sees its whole history, each event once and in order, however often the server dies."""

from __future__ import annotations

import threading

from crash_harness.clients import Watchers, create_until_acknowledged
from crash_harness.collect import collect
from crash_harness.model import Records, violations

from automl_tl.pipeline.spec import Stage
from automl_tl.store.ledger import Ledger


def test_watchers_of_a_server_that_is_killed_every_two_seconds(cluster, dataset, spec, long, figures):
    watchers, jobs_wanted, stage_seconds = (50, 5, 2.0) if long else (8, 2, 0.3)
    server = cluster.add_server()
    records = Records()
    wanted = spec(dataset(cluster.address()))
    jobs = [create_until_acknowledged(cluster.address, wanted, records) for _ in range(jobs_wanted)]
    for _ in jobs:
        cluster.add_worker(lease_seconds=30.0, stage_seconds=stage_seconds)
    over = threading.Event()

    def kill_again_and_again() -> None:
        while not over.wait(2.0) and (long or server.starts < 2):
            server.kill()
            server.start()
            # On a machine with much else to do a start takes its time.
            cluster.wait_for(server)

    killer = threading.Thread(target=kill_again_and_again)
    killer.start()
    followed = [jobs[number % len(jobs)] for number in range(watchers)]
    with Watchers(cluster.address(), followed, records) as watching:
        pass
    over.set()
    killer.join()
    ledger = Ledger(cluster.database)
    collect(ledger, records, cluster.witnesses)
    ledger.close()
    assert watching.errors == []
    assert len(records.watched) == watchers
    assert violations(records, [stage.value for stage in Stage]) == []
    assert server.starts > (5 if long else 1)
    figures(
        f"{watchers} watchers of {len(jobs)} jobs read {sum(len(seen) for _, seen in records.watched)} events, "
        f"each 1..n once in order, through {server.starts - 1} SIGKILL"
    )
