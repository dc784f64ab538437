"""What is deleted is erased from disk, also after a crash in between."""

import pytest

from automl_tl.pipeline.spec import JobState, Stage
from automl_tl.search.budget import StopReason
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
