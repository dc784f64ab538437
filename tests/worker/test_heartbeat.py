"""A lease stays alive while the work goes on."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from automl_tl.store.leases import LeaseStatus
from automl_tl.worker.heartbeat import Heartbeat


class Ledger:
    """Counts beats and answers as told."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.beats = 0
        self.enough = threading.Event()

    def heartbeat(self, lease):
        answer = self.answers[min(self.beats, len(self.answers) - 1)]
        self.beats += 1
        if self.beats >= 3:
            self.enough.set()
        if isinstance(answer, Exception):
            raise answer
        return answer


LEASE = SimpleNamespace(seconds=0.02, job="job-1", name="projects/default/jobs/job-1")


def test_it_beats_several_times_per_lease_and_ends_with_the_work():
    """Three beats come; none after the end."""
    ledger = Ledger([LeaseStatus()])
    with Heartbeat(ledger, LEASE):
        assert ledger.enough.wait(30)
    beats = ledger.beats
    assert not ledger.enough.clear()
    assert not ledger.enough.wait(0.1)
    assert ledger.beats == beats


def test_a_failed_beat_does_not_end_the_heart():
    """The database may be busy for a moment."""
    ledger = Ledger([OSError("disk is busy"), LeaseStatus()])
    with Heartbeat(ledger, LEASE):
        assert ledger.enough.wait(30)


def test_it_stops_when_the_lease_is_lost():
    """Nothing is gained by asking again."""
    ledger = Ledger([LeaseStatus(lost=True)])
    with Heartbeat(ledger, LEASE) as heart:
        heart._thread.join(30)
        assert not heart._thread.is_alive()
        assert heart.lost
    assert ledger.beats == 1


def test_a_heart_that_beats_on_has_lost_nothing():
    """Neither has one whose beats fail."""
    ledger = Ledger([LeaseStatus(), OSError("disk is busy")])
    with Heartbeat(ledger, LEASE) as heart:
        assert ledger.enough.wait(30)
        assert not heart.lost
