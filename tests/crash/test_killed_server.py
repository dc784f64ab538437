"""A job that was acknowledged is there, however soon the server dies."""

from __future__ import annotations

import random
import threading
import time

from crash_harness.clients import create_until_acknowledged
from crash_harness.collect import collect
from crash_harness.model import Records, violations

from automl_tl.client import Client
from automl_tl.pipeline.spec import Stage
from automl_tl.store.audit import audit
from automl_tl.store.ledger import Ledger


def test_a_kill_right_after_the_answer_loses_nothing(cluster, dataset, spec, long, figures):
    rounds = 100 if long else 3
    server = cluster.add_server()
    wanted, records, slowest = spec(dataset(cluster.address())), Records(), 0.0
    for _ in range(rounds):
        create_until_acknowledged(cluster.address, wanted, records)
        server.kill()
        begun = time.monotonic()
        server.start()
        cluster.wait_for(server)
        slowest = max(slowest, time.monotonic() - begun)
    with Client(cluster.address()) as client:
        there = {job.name.rpartition("/")[2] for job in client.list()}
    assert there == {created.job for created in records.created}
    assert len(there) == rounds
    figures(f"{len(there)}/{rounds} jobs there after {rounds} SIGKILL; slowest restart {slowest:.2f} s")


def test_a_kill_at_any_moment_makes_a_repeated_request_no_second_job(cluster, dataset, spec, long, figures):
    """The answer may be lost before or after the job was made."""
    rounds, chance = (100 if long else 2), random.Random(1)
    server = cluster.add_server()
    wanted, records = spec(dataset(cluster.address())), Records()
    for _ in range(rounds):
        asking = threading.Thread(target=create_until_acknowledged, args=(cluster.address, wanted, records))
        asking.start()
        time.sleep(chance.uniform(0.0, 0.08))
        server.kill()
        server.start()
        asking.join()
    ledger = Ledger(cluster.database)
    assert violations(collect(ledger, records), [stage.value for stage in Stage]) == []
    assert len(records.histories) == rounds
    assert audit(ledger).findings == ()
    ledger.close()
    figures(f"{rounds} requests, {len(records.histories)} jobs, {server.starts - 1} SIGKILL")
