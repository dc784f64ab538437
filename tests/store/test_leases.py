"""One worker holds a job at a time; a late one cannot write."""

import threading

import pytest

from automl_tl.errors import LeaseLost
from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.search.trial import Trial
from automl_tl.store.leases import MAX_EXPIRED_LEASES, LeaseStatus
from automl_tl.store.records import JobError, JobResult
from automl_tl.transferability.base import Ranking


def state_of(shop, job="job-1"):
    return shop.ledger.jobs.get("default", job).state


def test_the_oldest_waiting_job_is_taken_first(shop):
    shop.job("job-1")
    shop.clock.pass_seconds(1)
    shop.job("job-2")
    assert [shop.lease().job, shop.lease().job] == ["job-1", "job-2"]
    assert shop.ledger.claim_next("w1", 30) is None


def test_a_lease_carries_what_a_worker_needs(shop):
    shop.job("job-1", seed=7)
    lease = shop.lease("worker-a", 12.0)
    assert (lease.name, lease.worker, lease.epoch, lease.seconds) == (
        "projects/default/jobs/job-1",
        "worker-a",
        1,
        12.0,
    )
    assert lease.spec.seed == 7
    assert lease.start_time == shop.ledger.jobs.get("default", "job-1").start_time
    assert shop.states("job-1") == ["QUEUED", "RUNNING"]


def test_of_many_workers_exactly_one_gets_a_job(shop):
    shop.job("job-1")
    leases = []
    threads = [
        threading.Thread(target=lambda number=number: leases.append(shop.ledger.claim_next(f"w{number}", 30)))
        for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lease is not None for lease in leases) == 1


def test_a_kept_lease_is_not_taken_and_an_expired_one_is(shop):
    shop.job("job-1")
    first = shop.lease("w1", 30)
    shop.clock.pass_seconds(29)
    assert shop.ledger.heartbeat(first) == LeaseStatus()
    shop.clock.pass_seconds(29)
    assert shop.ledger.claim_next("w2", 30) is None
    shop.clock.pass_seconds(2)
    second = shop.lease("w2", 30)
    assert second.epoch == first.epoch + 1
    assert second.start_time == first.start_time
    assert shop.ledger.heartbeat(first) == LeaseStatus(lost=True)
    assert shop.ledger.leases.status(first) == LeaseStatus(lost=True)


def test_an_abandoned_job_goes_before_a_waiting_one(shop):
    shop.job("job-1")
    shop.lease("w1", 30)
    shop.job("job-2")
    shop.clock.pass_seconds(31)
    assert shop.lease("w2").job == "job-1"


def test_no_write_of_a_stale_lease_gets_through(shop):
    shop.job("job-1")
    stale = shop.lease("w1", 30)
    shop.clock.pass_seconds(31)
    shop.lease("w2", 30)
    before = shop.history("job-1")
    trial = Trial("t0001", 1, "starter:a", "full", {}, 0, "sampler")
    ledger = shop.ledger
    for write in (
        lambda: ledger.stages.begin(stale, Stage.PROBE),
        lambda: ledger.stages.progress(stale, 0.5, "late"),
        lambda: ledger.stages.warn(stale, "late"),
        lambda: ledger.publish_stage(stale, Stage.PROBE, [], shop.blobs),
        lambda: ledger.trials.record(stale, trial),
        lambda: ledger.rankings.record(stale, Ranking((), (), 0)),
        lambda: ledger.finish(stale, JobState.SUCCEEDED, StopReason.COMPLETED),
        lambda: ledger.release(stale),
    ):
        with pytest.raises(
            LeaseLost, match=r"worker 'w1' no longer holds projects/default/jobs/job-1 \(epoch 1\)"
        ):
            write()
    assert shop.history("job-1") == before
    assert ledger.trials.all(stale) == ()
    assert state_of(shop) is JobState.RUNNING


def test_a_job_that_loses_its_workers_again_and_again_is_failed(shop):
    shop.job("job-1")
    for number in range(MAX_EXPIRED_LEASES):
        assert shop.lease(f"w{number}", 30).job == "job-1"
        shop.clock.pass_seconds(31)
    assert shop.ledger.claim_next("w9", 30) is None
    job = shop.ledger.jobs.get("default", "job-1")
    assert (job.state, job.stop_reason) == (JobState.FAILED, "FAILED")
    assert job.error.reason == "WORKERS_VANISHED"
    assert "3 workers in a row" in job.error.message
    assert shop.states("job-1")[-1] == "FAILED"


def test_a_cancelled_job_whose_worker_vanished_is_cancelled(shop):
    shop.job("job-1")
    shop.lease("w1", 30)
    shop.ledger.jobs.cancel("default", "job-1")
    shop.clock.pass_seconds(31)
    assert shop.ledger.claim_next("w2", 30) is None
    job = shop.ledger.jobs.get("default", "job-1")
    assert (job.state, job.stop_reason) == (JobState.CANCELLED, "CANCELLED")


def test_a_heartbeat_learns_of_a_cancellation(shop):
    shop.job("job-1")
    lease = shop.lease()
    shop.ledger.jobs.cancel("default", "job-1")
    assert shop.ledger.heartbeat(lease) == LeaseStatus(cancel_requested=True)
    shop.ledger.finish(lease, JobState.CANCELLED, StopReason.CANCELLED)
    assert shop.ledger.heartbeat(lease) == LeaseStatus(lost=True)


def test_finishing_tells_all(shop):
    shop.job("job-1")
    lease = shop.lease()
    shop.ledger.stages.begin(lease, Stage.RANK)
    result = JobResult("starter:a")
    shop.clock.pass_seconds(5)
    shop.ledger.finish(lease, JobState.SUCCEEDED, StopReason.STOP_AFTER, result=result)
    job = shop.ledger.jobs.get("default", "job-1")
    assert (job.state, job.stop_reason, job.progress, job.result) == (
        JobState.SUCCEEDED,
        "STOP_AFTER",
        1.0,
        result,
    )
    assert (job.end_time - job.start_time).total_seconds() == 5
    last = shop.history("job-1")[-1][1]
    assert (last.state, last.stage, last.stop_reason) == ("SUCCEEDED", "RANK", "STOP_AFTER")


def test_a_failure_keeps_its_reason(shop):
    shop.job("job-1")
    shop.ledger.finish(
        shop.lease(), JobState.FAILED, StopReason.FAILED, JobError("INVALID_DATASET", "row 3 is bad")
    )
    assert shop.ledger.jobs.get("default", "job-1").error == JobError("INVALID_DATASET", "row 3 is bad")
    assert shop.history("job-1")[-1][1].error == "row 3 is bad"


def test_a_job_cannot_finish_in_a_state_that_is_not_final(shop):
    shop.job("job-1")
    with pytest.raises(ValueError, match="final state but got RUNNING"):
        shop.ledger.finish(shop.lease(), JobState.RUNNING, StopReason.COMPLETED)


def test_a_released_job_waits_again_and_costs_no_chance(shop):
    shop.job("job-1")
    for _ in range(MAX_EXPIRED_LEASES + 1):
        shop.ledger.release(shop.lease())
        assert state_of(shop) is JobState.QUEUED
    assert shop.lease().job == "job-1"


def test_a_released_job_that_was_to_stop_is_cancelled(shop):
    shop.job("job-1")
    lease = shop.lease()
    shop.ledger.jobs.cancel("default", "job-1")
    shop.ledger.release(lease)
    assert state_of(shop) is JobState.CANCELLED


def test_a_worker_can_ask_for_one_job_only(shop):
    """With a name, neither an older waiting job nor another one's expired lease is taken."""
    shop.job("job-1")
    shop.lease("w1", 1)
    shop.clock.pass_seconds(2)
    shop.job("job-2")
    shop.job("job-3")
    name = "projects/default/jobs/job-3"
    lease = shop.ledger.claim_next("w2", 30, job=name)
    assert lease is not None
    assert lease.job == "job-3"
    assert shop.ledger.claim_next("w2", 30, job=name) is None


def test_what_could_be_taken_can_be_asked_without_taking_it(shop):
    """Abandoned before waiting, with the epoch of the last lease; what must not be tried again is finished."""
    shop.job("job-1")
    shop.lease("w1", 1)
    for job in ("job-2", "job-3"):
        shop.job(job)
    shop.ledger.claim_next("w1", 100, job="projects/default/jobs/job-3")
    assert [job.name[-5:] for job in shop.ledger.leases.claimable()] == ["job-2"]
    shop.clock.pass_seconds(2)
    assert [(job.name[-5:], job.epoch) for job in shop.ledger.leases.claimable()] == [("job-1", 1), ("job-2", 0)]
    shop.ledger.jobs.cancel("default", "job-1")
    assert [job.name[-5:] for job in shop.ledger.leases.claimable()] == ["job-2"]
    assert state_of(shop) is JobState.CANCELLED
