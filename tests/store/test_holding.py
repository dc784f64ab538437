"""For how long workers have held a job."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automl_tl.pipeline.spec import Stage
from automl_tl.search.trial import Trial
from automl_tl.store.holding import held_seconds

TRIAL = Trial("t0001", 1, "local:a", "full_finetune", {}, 0, "sampler")


@pytest.fixture
def held(shop):
    """Return what is held under a lease."""
    return lambda lease: pytest.approx(held_seconds(shop.ledger.database, lease))


def prepare(shop, lease, seconds):
    """Begin a stage, tell something in the middle of it, and begin to search."""
    shop.ledger.stages.begin(lease, Stage.PROBE)
    shop.clock.pass_seconds(seconds / 2)
    shop.ledger.stages.progress(lease, 0.5, "half")
    shop.clock.pass_seconds(seconds / 2)
    shop.ledger.stages.begin(lease, Stage.SEARCH)


def test_waiting_in_the_queue_is_not_counted_and_preparing_is(shop, held):
    """Of search what comes before its first trial, of an unfinished stage what has passed."""
    shop.job("job-1")
    shop.clock.pass_seconds(500)
    lease = shop.lease()
    assert held(lease) == 0
    prepare(shop, lease, 40)
    shop.clock.pass_seconds(5)
    assert held(lease) == 45


def test_trials_are_not_counted_and_what_follows_the_search_is(shop, held):
    """Their rows say what they took."""
    shop.job("job-1")
    lease = shop.lease()
    prepare(shop, lease, 40)
    for _ in range(3):
        shop.ledger.trials.record(lease, TRIAL)
        shop.clock.pass_seconds(100)
        shop.ledger.stages.progress(lease, 0.5, "searching")
    assert held(lease) == 40
    shop.ledger.stages.begin(lease, Stage.FIT)
    shop.clock.pass_seconds(7)
    assert held(lease) == 47


def test_nobody_holds_a_job_between_two_leases(shop, held):
    """Neither after a crash in its search, nor after one before, nor after it was given back."""
    shop.job("job-1")
    first = shop.lease()
    shop.ledger.stages.begin(first, Stage.PROBE)
    shop.clock.pass_seconds(10)
    shop.ledger.stages.progress(first, 0.5, "half")
    shop.clock.pass_seconds(3600)
    second = shop.lease()
    prepare(shop, second, 30)
    shop.ledger.trials.record(second, TRIAL)
    shop.clock.pass_seconds(1500)
    shop.ledger.trials.record(second, replace(TRIAL, seconds=1400.0))
    shop.clock.pass_seconds(3600)
    third = shop.lease()
    assert held(third) == 40
    shop.clock.pass_seconds(2)
    shop.ledger.leases.release(third)
    shop.clock.pass_seconds(3600)
    assert held(shop.lease()) == 42


def test_workers_that_vanish_one_after_the_other_are_told_apart(shop, held):
    """Each takes the job in the same stage, and nothing else happens."""
    shop.job("job-1")
    prepare(shop, shop.lease(), 20)
    for _ in range(2):
        shop.clock.pass_seconds(1000)
        last = shop.lease()
    assert held(last) == 20


def test_a_job_that_is_resumed_counts_anew(shop, held):
    """As its wall time does."""
    shop.job("job-1")
    prepare(shop, shop.lease(), 20)
    shop.ledger.jobs.cancel("default", "job-1")
    shop.clock.pass_seconds(100)
    shop.ledger.claim_next("w2", 30)
    shop.ledger.jobs.resume("default", "job-1")
    shop.clock.pass_seconds(100)
    lease = shop.lease()
    shop.clock.pass_seconds(4)
    assert held(lease) == 4
