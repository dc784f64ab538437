"""Whether a job needs anybody."""

from __future__ import annotations

import threading

from automl_tl.worker.ended import ended
from automl_tl.worker.loop import run_worker


def test_a_final_job_and_one_that_is_gone_have_ended(depot):
    """One that waits has not."""
    assert not ended(depot.ledger, "projects/default/jobs/job-1")
    assert ended(depot.ledger, "projects/default/jobs/no-such-job")
    depot.ledger.jobs.cancel("default", "job-1")
    assert ended(depot.ledger, "projects/default/jobs/job-1")


def test_a_worker_for_one_job_ends_when_that_has(depot):
    """A cluster would otherwise keep a process for a job that was cancelled meanwhile."""
    depot.ledger.jobs.cancel("default", "job-1")
    stop = threading.Event()
    assert run_worker(depot.directory.root, stop=stop, once=True, job="projects/default/jobs/job-1") == 0
