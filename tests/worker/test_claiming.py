"""Job after job, until told to stop, whatever the ledger does."""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace

import pytest

from automl_tl.errors import Unavailable
from automl_tl.pipeline.spec import JobState
from automl_tl.worker import claiming
from automl_tl.worker.claiming import take_jobs, worker_name


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Pauses of this loop are too short to matter, and those of an absent ledger are not waited for."""
    monkeypatch.setattr(claiming, "_IDLE_SECONDS", 0.001)
    monkeypatch.setattr(claiming, "_AWAY_SECONDS", 0.001)


def run(claims, *, once=False, idle=lambda: None):
    """Give the loop these answers to its claims, then tell it to stop; return what it executed."""
    stop, executed, left = threading.Event(), [], list(claims)

    def claim():
        if not left:
            stop.set()
            return None
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer and SimpleNamespace(name=answer)

    def execute(lease):
        executed.append(lease.name)
        return JobState.SUCCEEDED

    assert take_jobs(claim, execute, stop=stop, once=once, idle=idle) == len(executed)
    return executed


def test_it_takes_one_job_after_the_other():
    assert run(["a", None, "b", None]) == ["a", "b"]


def test_it_takes_one_job_when_asked_for_one():
    assert run([None, "a", "b"], once=True) == ["a"]


def test_it_waits_for_a_ledger_that_is_away_and_says_so_once(caplog):
    away = Unavailable("the database is away")
    assert run([away, away, "a", away, "b"]) == ["a", "b"]
    assert caplog.text.count("waiting for the ledger") == 2


def test_upkeep_happens_while_there_is_nothing_to_do():
    calls = []
    assert run(["a", None, "b", None, None], idle=lambda: calls.append(1)) == ["a", "b"]
    assert len(calls) == 4


def test_upkeep_may_find_the_ledger_away():
    def idle():
        raise Unavailable("away")

    assert run([None, "a"], idle=idle) == ["a"]


def test_it_ends_when_its_parent_is_gone():
    def never():
        raise AssertionError

    assert take_jobs(never, never, stop=threading.Event(), orphaned=lambda: True) == 0


def test_its_name_tells_the_process():
    """A person finds it with ps."""
    assert worker_name().endswith(str(os.getpid()))
