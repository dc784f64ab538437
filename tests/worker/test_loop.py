"""The worker takes jobs until it is told to end."""

from __future__ import annotations

import threading

import pytest

from automl_tl.worker.loop import run_worker


def test_it_takes_one_job_when_asked_for_one(depot):
    """The job fails here, as local models are refused from clients; the loop survives that."""
    assert run_worker(depot.directory.root, stop=threading.Event(), once=True) == 1
    assert depot.state() == "FAILED"


def test_it_ends_when_told_to_and_when_its_parent_is_gone(depot):
    """Without having taken the waiting job."""
    stop = threading.Event()
    stop.set()
    assert run_worker(depot.directory.root, stop=stop) == 0
    assert run_worker(depot.directory.root, stop=threading.Event(), orphaned=lambda: True) == 0
    assert depot.state() == "QUEUED"


def test_a_worker_for_one_job_erases_first_what_deleted_jobs_left(depot):
    """On a node of a cluster it may be the only one that ever comes by."""
    left = depot.directory.job_work("default", "job-gone")
    left.mkdir(parents=True)
    run_worker(depot.directory.root, stop=threading.Event(), once=True)
    assert not left.exists()


@pytest.mark.parametrize(("once", "keepers"), [(False, 1), (True, 0)])
def test_only_a_worker_that_stays_answers_questions(depot, monkeypatch, once, keepers):
    """One for a single job would take a question and end before it is answered."""
    entered = []

    class Keeper:
        def __init__(self, *args) -> None:
            """Know nobody."""

        def __enter__(self) -> None:
            entered.append("keeper")

        def __exit__(self, *details) -> None:
            """Leave."""

    monkeypatch.setattr("automl_tl.worker.loop.ExplainerKeeper", Keeper)
    run_worker(depot.directory.root, stop=threading.Event(), once=once, orphaned=lambda: not once)
    assert len(entered) == keepers
