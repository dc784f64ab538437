"""What is deleted is erased from disk, also after a crash in between."""

import pytest
from sqlalchemy import select

from automl_tl.pipeline.columns import ColumnSummary
from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.search.budget import StopReason
from automl_tl.store import schema, sqlite
from automl_tl.store.stages import Publication

DIGEST = "d1" * 32  # of the dataset that the fixture makes


def files_below(directory):
    return sorted(path.name for path in directory.rglob("*") if path.is_file())


def fill(path):
    path.mkdir(parents=True)
    (path / "bytes").write_bytes(b"x")


@pytest.fixture
def stored(shop):
    """A dataset with a blob, cached embeddings and an unpacked copy."""
    shop.dataset(blob=shop.blobs.put_bytes(b"zip").sha256)
    fill(shop.directory.dataset_embeddings(DIGEST))
    fill(shop.directory.dataset_work(DIGEST))
    return shop


def carry_out(shop):
    return shop.ledger.erasures.carry_out(shop.directory, shop.blobs)


def leftovers(shop):
    layout = shop.directory
    return [
        name for part in (layout.blobs, layout.embeddings, layout.work, layout.trash) for name in files_below(part)
    ]


def test_a_deleted_dataset_leaves_no_file(stored):
    assert len(leftovers(stored)) == 3
    stored.ledger.datasets.delete("default", DIGEST)
    assert carry_out(stored) == 1
    assert leftovers(stored) == []
    assert carry_out(stored) == 0


def ledger_holds(shop, text):
    files = [path for path in shop.directory.root.parent.iterdir() if path.name.startswith("ledger.sqlite")]
    assert files
    return any(text.encode() in path.read_bytes() for path in files)


def test_no_text_of_a_deleted_row_stays_in_the_files_of_the_ledger(shop, sqlite_only):
    """Neither in the pages of the database nor in its write-ahead log, though the ledger stays open."""
    secret, note = "jane-doe-has-asthma", "call-jane-on-monday"
    shop.dataset(columns=(ColumnSummary("remark", 2, 0, (secret,)),))
    shop.job("job-1", notes=note)
    shop.ledger.finish(shop.lease(), JobState.SUCCEEDED, StopReason.COMPLETED)
    assert ledger_holds(shop, secret)
    assert ledger_holds(shop, note)
    shop.ledger.jobs.delete("default", "job-1")
    shop.ledger.datasets.delete("default", DIGEST)
    carry_out(shop)
    assert not ledger_holds(shop, secret)
    assert not ledger_holds(shop, note)


def test_a_log_that_is_in_use_is_told_and_emptied_the_next_time(shop, sqlite_only, monkeypatch, caplog):
    monkeypatch.setattr(sqlite, "LOG_SECONDS", 0.05)
    shop.dataset(columns=(ColumnSummary("remark", 2, 0, ("jane-doe-has-asthma",)),))
    with shop.ledger.database.read() as connection:
        connection.execute(select(schema.datasets)).all()
        shop.ledger.datasets.delete("default", DIGEST)
        assert carry_out(shop) == 1
        assert "write-ahead log" in caplog.text
        assert ledger_holds(shop, "jane-doe-has-asthma")
    carry_out(shop)
    assert not ledger_holds(shop, "jane-doe-has-asthma")


def test_content_that_another_project_holds_stays(stored):
    record = stored.ledger.datasets.get("default", DIGEST)
    stored.dataset(project="other", blob=record.blob)
    stored.ledger.datasets.delete("default", DIGEST)
    carry_out(stored)
    assert len(leftovers(stored)) == 3


def test_content_that_came_back_before_the_erasure_stays(stored):
    blob = stored.ledger.datasets.get("default", DIGEST).blob
    stored.ledger.datasets.delete("default", DIGEST)
    stored.dataset(blob=blob)
    carry_out(stored)
    assert len(leftovers(stored)) == 3


def test_a_deleted_job_leaves_no_file_but_spares_other_jobs(shop):
    for name, data in (("job-1", b"one"), ("job-2", b"two")):
        shop.job(name)
        lease = shop.lease()
        fill(shop.directory.job_work("default", name))
        shop.ledger.publish_stage(
            lease, Stage.FIT, [Publication("m", "model", "x", shop.blobs.put_bytes(data))], shop.blobs
        )
        shop.ledger.finish(lease, JobState.SUCCEEDED, StopReason.COMPLETED)
    shop.ledger.jobs.delete("default", "job-1")
    carry_out(shop)
    assert not shop.directory.job_work("default", "job-1").exists()
    assert shop.directory.job_work("default", "job-2").exists()
    assert [shop.blobs.path(digest).read_bytes() for digest in shop.blobs.digests()] == [b"two"]


def test_a_crash_between_rows_and_files_is_made_good(stored, monkeypatch):
    stored.ledger.datasets.delete("default", DIGEST)
    with monkeypatch.context() as patch:
        patch.setattr(stored.blobs, "delete", lambda digest: (_ for _ in ()).throw(OSError("crash")))
        with pytest.raises(OSError, match="crash"):
            carry_out(stored)
    assert len(leftovers(stored)) == 3
    assert carry_out(stored) == 1
    assert leftovers(stored) == []
