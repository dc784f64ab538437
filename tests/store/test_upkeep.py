"""Upkeep takes away what nobody needs, and only that."""

from automl_tl.store.requests import RequestKey
from automl_tl.store.upkeep import keep_up

DIGEST = "d1" * 32
MONTH = 30 * 86_400


def key(request_id):
    return RequestKey("default", request_id, "CreateJob", "body")


def test_deletions_of_other_servers_are_carried_out_here(shop):
    """The row is gone and its erasure was carried out elsewhere; what lies in this directory goes all the same."""
    shop.job("job-1")
    here = shop.directory
    gone, kept = "e2" * 32, DIGEST
    for path in (
        here.dataset_embeddings(gone),
        here.dataset_work(gone),
        here.job_work("default", "job-9"),
        here.dataset_embeddings(kept),
        here.job_work("default", "job-1"),
        here.embeddings / "not-a-digest",
    ):
        path.mkdir(parents=True)
    keep_up(shop.ledger, shop.blobs, here)
    assert not here.dataset_embeddings(gone).exists()
    assert not here.dataset_work(gone).exists()
    assert not here.job_work("default", "job-9").exists()
    assert here.dataset_embeddings(kept).exists()
    assert here.job_work("default", "job-1").exists()
    assert (here.embeddings / "not-a-digest").exists()
    assert list(here.trash.iterdir()) == []


def test_old_requests_are_forgotten(shop):
    shop.dataset()
    first = shop.job("job-1")
    assert shop.ledger.jobs.cancel("default", "job-1", key=key("r1")).state == "CANCELLED"
    shop.clock.pass_seconds(MONTH / 2)
    keep_up(shop.ledger, shop.blobs, shop.directory)
    assert shop.ledger.jobs.recall(key("r1")).name == first.name
    shop.clock.pass_seconds(MONTH)
    keep_up(shop.ledger, shop.blobs, shop.directory)
    assert shop.ledger.jobs.recall(key("r1")) is None


def test_it_ends_early_when_told_to(shop):
    blob = shop.blobs.put_bytes(b"orphan")
    assert shop.ledger.references.collect(shop.blobs, older_than_seconds=0, stopping=lambda: True) == ()
    assert shop.ledger.references.collect(shop.blobs, older_than_seconds=-1) == (blob.sha256,)
