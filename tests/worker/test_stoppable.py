"""A job stops when its process must end."""

from __future__ import annotations

import threading

from automl_tl.worker.stoppable import StoppableJournal


def test_the_job_stops_for_a_cancel_request_and_for_the_end_of_the_process(depot):
    """Either is enough."""
    stop = threading.Event()
    journal = StoppableJournal(depot.ledger, depot.blobs, depot.lease(), stop=stop)
    assert not journal.cancelled()
    stop.set()
    assert journal.cancelled()
    stop.clear()
    depot.ledger.jobs.cancel("default", "job-1")
    assert journal.cancelled()
