"""Every rule that can be broken is noticed."""

import pytest

from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.store import schema
from automl_tl.store.audit import audit
from automl_tl.store.stages import Publication


@pytest.fixture
def busy(shop):
    """A job that succeeded with one file, one that runs, one that waits."""
    shop.dataset(blob=shop.blobs.put_bytes(b"zip").sha256)
    shop.job("job-1")
    lease = shop.lease()
    file = Publication("m", "model", "x/y", shop.blobs.put_bytes(b"model"))
    shop.ledger.publish_stage(lease, Stage.FIT, [file], shop.blobs)
    shop.ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
    shop.job("job-2")
    shop.lease()
    shop.job("job-3")
    return shop


def change(shop, statement):
    with shop.ledger.database.write() as connection:
        connection.execute(statement)


def findings(shop, **options):
    return audit(shop.ledger, shop.blobs, **options).findings


def test_a_sound_ledger_has_no_findings(busy):
    found = audit(busy.ledger, busy.blobs, read_blobs=True)
    assert (found.jobs, found.blobs, found.findings) == (3, 2, ())
    assert found.events == sum(busy.ledger.jobs.get("default", f"job-{n}").last_sequence for n in (1, 2, 3))
    assert audit(busy.ledger).blobs == 0


def test_a_gap_in_a_history(busy):
    events = schema.events
    change(busy, events.delete().where(events.c.job_id == 1, events.c.sequence == 2))
    (finding,) = findings(busy)
    assert "default/job-1" in finding
    assert "says that its last one is" in finding


def test_a_history_that_is_gone(busy):
    change(busy, schema.events.delete().where(schema.events.c.job_id == 3))
    assert any("default/job-3 has None events" in finding for finding in findings(busy))


def test_a_state_that_no_event_tells(busy):
    change(busy, schema.jobs.update().where(schema.jobs.c.job == "job-3").values(state="FAILED"))
    assert findings(busy) == ("job default/job-3 is FAILED but its history ends with QUEUED",)


def test_a_job_that_succeeds_twice(busy):
    with busy.ledger.database.write() as connection:
        from automl_tl.pipeline.events import JobChanged
        from automl_tl.store.events import append

        append(connection, 1, JobChanged("projects/default/jobs/job-1", "SUCCEEDED"), 1.0)
    assert findings(busy) == ("job default/job-1 has succeeded 2 times",)


def test_a_finished_job_that_somebody_holds(busy):
    change(busy, schema.jobs.update().where(schema.jobs.c.job == "job-1").values(lease_owner="w9"))
    assert findings(busy) == ("job default/job-1 is SUCCEEDED but held by worker 'w9'",)


def test_a_stage_of_an_epoch_to_come(busy):
    change(busy, schema.stages.update().values(epoch=99))
    (finding,) = findings(busy)
    assert "epoch 99" in finding


def test_a_blob_that_is_missing_or_damaged(busy):
    model = busy.ledger.artifacts.get("default", "job-1", "m").sha256
    busy.blobs.path(model).chmod(0o600)
    busy.blobs.path(model).write_bytes(b"other")
    assert findings(busy) == ()
    assert model in findings(busy, read_blobs=True)[0]
    busy.blobs.delete(model)
    assert findings(busy) == (f"there is no blob {model}",)
