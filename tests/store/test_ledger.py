"""What is in the ledger stays there, for every process that opens it."""

from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.store.ledger import Ledger


def test_another_process_sees_what_was_written(shop):
    shop.job("job-1")
    other = Ledger(shop.url, clock=shop.clock)
    lease = other.claim_next("w1", 30)
    other.publish_stage(lease, Stage.INGEST, [], shop.blobs)
    assert not shop.ledger.heartbeat(lease).lost
    shop.ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
    assert other.jobs.get("default", "job-1").state is JobState.SUCCEEDED
    other.close()


def test_a_reopened_ledger_is_complete(shop):
    shop.job("job-1")
    before = shop.ledger.events.read("default", "job-1")
    shop.ledger.close()
    again = Ledger(shop.url, clock=shop.clock)
    assert again.events.read("default", "job-1") == before
    again.release(again.claim_next("w1", 30))
    again.close()
