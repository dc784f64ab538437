"""The ledgers of the first program are recognised and upgraded with all that is in them."""

import sqlite3
from pathlib import Path

import pytest

from automl_tl.errors import FailedPrecondition
from automl_tl.pipeline.spec import JobState
from automl_tl.store.ledger import Ledger
from automl_tl.store.revisions import REVISIONS
from automl_tl.store.upgrade import Upgrade, upgrade

FIRST = Path(__file__).with_name("first_ledger.sql")
"""What ``sqlite3 .dump`` says of a ledger that the first program made."""


@pytest.fixture
def first_ledger(tmp_path):
    path = tmp_path / "ledger.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(FIRST.read_text(encoding="utf-8"))
    connection.close()
    return f"sqlite:///{path}"


def test_it_is_refused_before_and_complete_after_the_upgrade(first_ledger):
    with pytest.raises(FailedPrecondition, match="revision 0001"):
        Ledger(first_ledger)
    assert upgrade(first_ledger).before == "0001"
    ledger = Ledger(first_ledger)
    job = ledger.jobs.get("default", "job-1")
    assert (job.state, job.last_sequence) == (JobState.QUEUED, 1)
    assert len(ledger.events.read("default", "job-1").events) == 1
    lease = ledger.claim_next("w1", 30)
    assert lease is not None
    assert lease.job == "job-1"
    ledger.close()
    assert upgrade(first_ledger) == Upgrade(REVISIONS[-1], REVISIONS[-1])
