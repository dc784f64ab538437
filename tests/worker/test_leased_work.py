"""Whatever happens to the work, the job ends up where it belongs."""

from __future__ import annotations

import threading

import pytest

from automl_tl.errors import DatasetError, Unavailable
from automl_tl.pipeline.spec import JobState
from automl_tl.search.budget import StopReason
from automl_tl.store.patience import StoreAway
from automl_tl.store.records import JobResult
from automl_tl.worker.leased_work import LeasedWork, Outcome

DONE = Outcome(StopReason.COMPLETED, JobResult("starter:a"))


@pytest.fixture
def work(depot):
    return LeasedWork(depot.ledger, seconds=0.5)


def raising(error):
    def run(lease):
        raise error

    return run


def job(depot):
    return depot.ledger.jobs.get("default", "job-1")


def test_work_that_goes_well_succeeds_with_its_result(depot, work):
    assert work.carry_out(depot.lease(), lambda lease: DONE) is JobState.SUCCEEDED
    assert job(depot).result == DONE.result


def test_a_failure_is_told(depot, work):
    assert work.carry_out(depot.lease(), raising(DatasetError("row 3 is bad"))) is JobState.FAILED
    assert job(depot).error.message == "row 3 is bad"


def test_a_store_that_stays_away_costs_the_job_nothing(depot, work):
    """It waits again, and another worker goes on where this one stood."""
    assert work.carry_out(depot.lease(), raising(StoreAway("away"))) is JobState.QUEUED
    assert job(depot).state is JobState.QUEUED


def test_something_else_that_is_away_fails_the_job(depot, work):
    """Ray, for instance: waiting for it is that room's affair."""
    assert work.carry_out(depot.lease(), raising(Unavailable("Ray cannot be used"))) is JobState.FAILED


def test_the_end_is_told_once_the_ledger_is_back(depot, work, monkeypatch):
    finish, tries = depot.ledger.finish, []

    def away_once(*arguments):
        tries.append(arguments)
        if len(tries) == 1:
            raise Unavailable("away")
        finish(*arguments)

    monkeypatch.setattr(depot.ledger, "finish", away_once)
    assert work.carry_out(depot.lease(), lambda lease: DONE) is JobState.SUCCEEDED
    assert job(depot).state is JobState.SUCCEEDED


def test_an_end_whose_answer_was_lost_is_not_told_twice(depot, work, monkeypatch):
    finish = depot.ledger.finish

    def done_but_unanswered(*arguments):
        finish(*arguments)
        raise Unavailable("the connection broke")

    monkeypatch.setattr(depot.ledger, "finish", done_but_unanswered)
    assert work.carry_out(depot.lease(), lambda lease: DONE) is JobState.SUCCEEDED
    states = [event.payload.state for event in depot.ledger.events.read("default", "job-1").events]
    assert states == ["QUEUED", "RUNNING", "SUCCEEDED"]


def test_a_ledger_that_stays_away_leaves_the_job_to_the_next(depot, work, monkeypatch):
    def away(*arguments):
        raise Unavailable("away")

    monkeypatch.setattr(depot.ledger, "finish", away)
    assert work.carry_out(depot.lease(), lambda lease: DONE) is None
    assert job(depot).state is JobState.RUNNING


def test_a_process_that_must_end_does_not_wait_for_the_ledger(depot, monkeypatch):
    stop = threading.Event()
    stop.set()
    monkeypatch.setattr(depot.ledger.leases, "status", raising(Unavailable("away")))
    assert LeasedWork(depot.ledger, stop).carry_out(depot.lease(), raising(KeyError("x"))) is None
